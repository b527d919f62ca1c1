//go:build linux

package ring

import (
	"testing"
)

func TestProbe(t *testing.T) {
	r := openRing(t, Config{})
	p, err := r.Probe()
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range []uint8{IORING_OP_NOP, IORING_OP_READ, IORING_OP_RECV, IORING_OP_LINK_TIMEOUT, IORING_OP_STATX} {
		if !p.Has(op) {
			t.Errorf("operation %d is missing", op)
		}
	}
	for _, op := range []uint8{200, 255} {
		if p.Has(op) {
			t.Errorf("operation %d exists", op)
		}
	}
	if again, err := r.Probe(); again != p || err != nil {
		t.Errorf("asked again: %p, %v; want the cached %p", again, err, p)
	}
}

func TestProbeReadsTheAnswer(t *testing.T) {
	arg := &probeArg{opsLen: 3}
	arg.ops[0] = probeOp{op: 0, flags: IO_URING_OP_SUPPORTED}
	arg.ops[1] = probeOp{op: 64}
	arg.ops[2] = probeOp{op: 130, flags: IO_URING_OP_SUPPORTED}
	arg.ops[3] = probeOp{op: 5, flags: IO_URING_OP_SUPPORTED} // beyond opsLen
	p := newProbe(arg)
	for op, want := range map[uint8]bool{0: true, 64: false, 130: true, 5: false} {
		if got := p.Has(op); got != want {
			t.Errorf("operation %d: got %v, want %v", op, got, want)
		}
	}
}
