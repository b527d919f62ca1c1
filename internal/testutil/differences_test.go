package testutil

import "testing"

func TestDifferencesAreTold(t *testing.T) {
	for _, d := range Differences {
		for _, backend := range []string{"epoll", "kqueue"} {
			if Holds(t, backend, d.Rule) {
				t.Errorf("%s holds to %q", backend, d.Rule)
			}
		}
		if !Holds(t, "io_uring", d.Rule) {
			t.Errorf("io_uring does not hold to %q", d.Rule)
		}
	}
}
