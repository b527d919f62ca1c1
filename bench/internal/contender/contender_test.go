package contender

import "testing"

func TestIO(t *testing.T) {
	if io, backend, err := IO(Net); io != nil || backend != "" || err != nil {
		t.Errorf("package net has %v, %q, %v", io, backend, err)
	}
	io, backend, err := IO(Epoll)
	if err != nil {
		t.Skipf("no epoll: %v", err)
	}
	defer io.Close()
	if backend != "epoll" {
		t.Errorf("it is on %q", backend)
	}
}
