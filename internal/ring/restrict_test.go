//go:build linux

package ring

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// A backend's ring refuses what the backend does not use, and has what it does.
func TestRingIsRestricted(t *testing.T) {
	b, err := NewBackend(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	r := b.ring
	if r.SetupFlags()&IORING_SETUP_R_DISABLED == 0 {
		t.Skip("this kernel restricts no rings")
	}
	one := func(what string, prepare func(s *SQE)) unix.Errno {
		t.Helper()
		prepare(r.Next())
		if _, err := r.Submit(); err != nil {
			t.Fatal(err)
		}
		var cqe [1]CQE
		if r.Reap(cqe[:]) != 1 {
			t.Fatalf("no result of %s: %d pending", what, r.Pending())
		}
		return unix.Errno(max(-cqe[0].Res, 0))
	}
	for name, prepare := range map[string]func(s *SQE){
		"madvise":           func(s *SQE) { s.Opcode = IORING_OP_MADVISE },
		"a command":         func(s *SQE) { s.Opcode = IORING_OP_URING_CMD },
		"provided buffers":  func(s *SQE) { s.Opcode = IORING_OP_PROVIDE_BUFFERS },
		"a flag not needed": func(s *SQE) { s.PrepNop(); s.Flags = IOSQE_IO_HARDLINK },
	} {
		if got := one(name, prepare); got != unix.EACCES {
			t.Errorf("%s: %v, want EACCES", name, got)
		}
	}
	if got := one("nop", (*SQE).PrepNop); got != 0 {
		t.Errorf("an operation that is used: %v", got)
	}
	if got := sysRegister(r.fd, IORING_REGISTER_BUFFERS, nil, 0); got != unix.EACCES {
		t.Errorf("registered buffers: %v, want EACCES", got)
	}
	if got := sysRegister(r.fd, IORING_REGISTER_RESTRICTIONS, nil, 0); got == 0 {
		t.Error("the restrictions can be changed")
	}
}

// A kernel that cannot restrict a ring has it all the same.
func TestRingWithoutRestrictions(t *testing.T) {
	b, err := NewBackend(Config{Without: IORING_SETUP_R_DISABLED})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if b.features.Ops&(1<<backend.OpNop) == 0 || b.ring.SetupFlags()&IORING_SETUP_R_DISABLED != 0 {
		t.Errorf("flags %#x", b.ring.SetupFlags())
	}
}
