//go:build linux

package ring

import "golang.org/x/sys/unix"

// A ring of the library's allows what the library does, and nothing else: the kernel refuses other
// operations, flags and registrations with EACCES (io_uring_register(2),
// IORING_REGISTER_RESTRICTIONS, Linux 5.10). Whoever gets at a ring's memory has then no more
// than that of io_uring. It costs nothing that can be measured: docs/SECURITY.md.

// registrations are what is registered once the ring is in use, newest first: an older kernel refuses
// to hear of those that it does not know.
var registrations = [...]uint32{
	IORING_REGISTER_SYNC_CANCEL,
	IORING_REGISTER_IOWQ_MAX_WORKERS,
	IORING_REGISTER_FILES_UPDATE2,
	IORING_REGISTER_FILES2,
	IORING_REGISTER_PROBE,
}

// flagsUsed are the flags that submissions have.
const flagsUsed = IOSQE_ASYNC | IOSQE_IO_LINK | IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS

// restrict restricts a ring that was opened disabled to the operations codes, and enables it. A kernel
// that cannot restrict it only enables it.
func (r *Ring) restrict(codes []uint8) error {
	if r.flags&IORING_SETUP_R_DISABLED == 0 {
		return nil
	}
	allowed := []restriction{{opcode: IORING_RESTRICTION_SQE_FLAGS_ALLOWED, allowed: flagsUsed}}
	for _, code := range codes {
		allowed = append(allowed, restriction{opcode: IORING_RESTRICTION_SQE_OP, allowed: code})
	}
	for i := range registrations {
		if sysRestrict(r.fd, append(allowed, registering(registrations[i:])...)) != unix.EINVAL {
			break
		}
	}
	return registerError("enable the ring", sysEnable(r.fd))
}

func registering(ops []uint32) (allowed []restriction) {
	for _, op := range ops {
		allowed = append(allowed, restriction{opcode: IORING_RESTRICTION_REGISTER_OP, allowed: uint8(op)})
	}
	return allowed
}

// codes are the operations of io_uring that the backend uses here.
func (b *Backend) codes() []uint8 {
	codes := []uint8{IORING_OP_NOP, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL}
	if b.features.LinkedTimeout {
		codes = append(codes, IORING_OP_LINK_TIMEOUT)
	}
	for op, code := range opcodes {
		if b.native&(1<<op) != 0 {
			codes = append(codes, code)
		}
	}
	return codes
}
