package contender

import "testing"

func TestIO(t *testing.T) {
	if io, backend, err := IO(Net, 0); io != nil || backend != "" || err != nil {
		t.Errorf("package net has %v, %q, %v", io, backend, err)
	}
	io, backend, err := IO(Epoll, 1)
	if err != nil {
		t.Skipf("no epoll: %v", err)
	}
	defer io.Close()
	if backend != "epoll" {
		t.Errorf("it is on %q", backend)
	}
}

func TestOnOne(t *testing.T) {
	for name, want := range map[string]string{NetOne: Net, RingOne: Ring} {
		if got, one := OnOne(name); got != want || !one {
			t.Errorf("%s is %s, %v", name, got, one)
		}
	}
	if got, one := OnOne(Ring); got != Ring || one {
		t.Errorf("%s is %s, %v", Ring, got, one)
	}
}
