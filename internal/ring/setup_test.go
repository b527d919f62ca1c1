//go:build linux

package ring

import (
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

func TestConfigDefaults(t *testing.T) {
	for _, c := range []struct{ in, want Config }{
		{Config{}, Config{Entries: 256, CompletionEntries: 4096}},
		{Config{Entries: 1}, Config{Entries: 2, CompletionEntries: 4096}},
		{Config{Entries: 1024}, Config{Entries: 1024, CompletionEntries: 8192}},
		{Config{Entries: 2, CompletionEntries: 2}, Config{Entries: 2, CompletionEntries: 2}},
		{Config{Entries: 64, CompletionEntries: 2}, Config{Entries: 64, CompletionEntries: 64}},
		{Config{Entries: 1 << 31}, Config{Entries: 1 << 31, CompletionEntries: 1 << 31}},
	} {
		if got := c.in.withDefaults(); got != c.want {
			t.Errorf("%+v: got %+v, want %+v", c.in, got, c.want)
		}
	}
}

func TestOpenSizes(t *testing.T) {
	for _, c := range []struct {
		in     Config
		sq, cq int
	}{
		{Config{}, 256, 4096},
		{Config{Entries: 1}, 2, 4096}, // so that a linked pair always fits
		{Config{Entries: 3, CompletionEntries: 5}, 4, 8},
		{Config{Entries: 1 << 30, CompletionEntries: 1 << 30}, 32768, 65536},
	} {
		r := openRing(t, c.in)
		if (r.SQEntries() != c.sq || r.CQEntries() != c.cq) && !noMemoryFor(c.sq, c.cq) {
			t.Errorf("%+v: got %d and %d, want %d and %d", c.in, r.SQEntries(), r.CQEntries(), c.sq, c.cq)
		}
	}
}

// noMemoryFor reports whether the kernel has no memory for queues of these sizes in one piece now.
func noMemoryFor(sq, cq int) bool {
	p := params{flags: IORING_SETUP_CQSIZE, cqEntries: uint32(cq)}
	fd, errno := sysSetup(uint32(sq), &p)
	if errno == 0 {
		_ = unix.Close(fd)
	}
	return errno == unix.ENOMEM
}

// A kernel whose memory is in pieces gets smaller queues, down to a page each, which serve as well.
func TestSmallerQueuesWhereMemoryIsInPieces(t *testing.T) {
	for _, c := range []struct {
		in     Config
		sq, cq int
	}{
		{Config{Contiguous: 64 << 10}, 256, 4096},
		{Config{Contiguous: 64<<10 - 1}, 256, 2048},
		{Config{Contiguous: 16 << 10}, 256, 1024},
		{Config{Contiguous: 8 << 10}, 128, 256},
		{Config{Contiguous: 4 << 10}, 64, 128},
		{Config{Contiguous: 4 << 10, Entries: 4}, 4, 256},
		{Config{Contiguous: 4 << 10, Entries: 1 << 30, CompletionEntries: 1 << 30}, 64, 128},
	} {
		r := openRing(t, c.in)
		if r.SQEntries() != c.sq || r.CQEntries() != c.cq {
			t.Errorf("%+v: got %d and %d, want %d and %d", c.in, r.SQEntries(), r.CQEntries(), c.sq, c.cq)
		}
		exerciseRing(t, r)
	}
	if _, err := Open(Config{Contiguous: 1}); !errors.Is(err, unix.ENOMEM) {
		t.Errorf("without memory for a page: %v", err)
	}
}

// TestFlagsGivenUpOneByOne imitates older and older kernels, and odd ones.
func TestFlagsGivenUpOneByOne(t *testing.T) {
	var older uint32
	for _, f := range optionalFlags {
		older |= f
		for _, without := range []uint32{f, older} {
			t.Run(fmt.Sprintf("%#x", without), func(t *testing.T) {
				r := openRing(t, Config{Entries: 4, CompletionEntries: 8, Without: without})
				if got := r.SetupFlags() & without; got != 0 {
					t.Fatalf("flags %#x were tried", got)
				}
				exerciseRing(t, r)
			})
		}
	}
}

// exerciseRing runs each part of the driver that depends on the setup.
func exerciseRing(t *testing.T, r *Ring) {
	t.Helper()
	fds := streamPair(t)
	buf := make([]byte, 8)
	for range 3 * r.SQEntries() {
		a, b := r.NextPair()
		a.PrepRecv(fds[0], buf, 0)
		a.UserData = 1
		b.PrepSend(fds[1], []byte("abc"), unix.MSG_NOSIGNAL)
		b.UserData = 2
		got := waitResults(t, r, 2)
		wantRes(t, "recv", got[1].Res, 3)
		wantRes(t, "send", got[2].Res, 3)
	}
}

func TestDropNewest(t *testing.T) {
	var order []uint32
	for flags, more := wantedFlags(0), true; more && flags != 0; {
		var left uint32
		left, more = dropNewest(flags)
		order = append(order, flags&^left)
		flags = left
	}
	if fmt.Sprint(order) != fmt.Sprint(optionalFlags) {
		t.Errorf("given up in the order %#x, want %#x", order, optionalFlags)
	}
	if _, more := dropNewest(0); more {
		t.Error("a flag to drop when there is none")
	}
	if got := wantedFlags(IORING_SETUP_COOP_TASKRUN); got&IORING_SETUP_TASKRUN_FLAG != 0 {
		t.Error("TASKRUN_FLAG is wanted without COOP_TASKRUN, which makes it invalid")
	}
}

// TestSeparateMappings maps the two rings each for itself, as a kernel before
// 5.4 demands and every later one allows.
func TestSeparateMappings(t *testing.T) {
	for _, without := range []uint32{0, IORING_SETUP_NO_SQARRAY} {
		fd, p, err := setup(Config{Entries: 4, CompletionEntries: 8, Without: without}.withDefaults())
		if err != nil {
			t.Skip(err)
		}
		p.features &^= IORING_FEAT_SINGLE_MMAP
		m, err := mapAll(fd, &p)
		if err != nil {
			t.Fatal(err)
		}
		r := newRing(fd, p, m)
		if r.maps.cqRing.base == nil {
			t.Error("one mapping, want two")
		}
		exerciseRing(t, r)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestDescriptorClosesOnExec(t *testing.T) {
	r := openRing(t, Config{})
	flags, err := unix.FcntlInt(uintptr(r.FD()), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("descriptor flags %#x, %v: no FD_CLOEXEC", flags, err)
	}
}
