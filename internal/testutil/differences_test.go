package testutil

import "testing"

func TestDifferencesAreTold(t *testing.T) {
	for _, d := range Differences {
		for _, backend := range []string{"epoll", "kqueue"} {
			if want := backend == "epoll" && d.butEpoll; Holds(t, backend, d.Rule) != want {
				t.Errorf("%s holds to %q: %v, want %v", backend, d.Rule, !want, want)
			}
		}
		if !Holds(t, "io_uring", d.Rule) {
			t.Errorf("io_uring does not hold to %q", d.Rule)
		}
	}
}
