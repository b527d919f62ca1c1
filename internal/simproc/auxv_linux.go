package simproc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"os"

	"golang.org/x/sys/unix"
)

// A process gets 16 random bytes from the kernel, AT_RANDOM of getauxval(3), and all chance
// of Go's runtime comes from them: the choice among ready cases of a select, the order of
// maps, of timers that are due at one instant, package math/rand/v2, hashes. So they are where
// a child is seeded: it is traced until it has begun, and then not any more.

// seedStart writes over the random bytes of a process that has stopped at its execve(2), and
// lets it go. The calling thread must be the one that traces it.
func seedStart(pid int, seed uint64) error {
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, 0, nil); err != nil {
		return os.NewSyscallError("wait4", err)
	}
	if !status.Stopped() {
		return fmt.Errorf("the child has not stopped: status %#x", status)
	}
	err := writeRandom(pid, seed)
	return errors.Join(err, os.NewSyscallError("ptrace", unix.PtraceDetach(pid)))
}

func writeRandom(pid int, seed uint64) error {
	address, err := randomAddress(pid)
	if err != nil {
		return err
	}
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], scramble(seed))
	binary.LittleEndian.PutUint64(b[8:], scramble(^seed))
	_, err = unix.PtracePokeData(pid, address, b[:])
	return os.NewSyscallError("ptrace", err)
}

// scramble is a step of SplitMix64 (Steele, Lea, Flood 2014).
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// atRandom is AT_RANDOM of linux/auxvec.h.
const atRandom = 25

// randomAddress is where a process has its random bytes. proc_pid_auxv(5) is pairs of words.
func randomAddress(pid int) (uintptr, error) {
	auxv, err := os.ReadFile(fmt.Sprintf("/proc/%d/auxv", pid))
	if err != nil {
		return 0, err
	}
	word := func(i int) uint64 {
		if bits.UintSize == 64 {
			return binary.NativeEndian.Uint64(auxv[i*8:])
		}
		return uint64(binary.NativeEndian.Uint32(auxv[i*4:]))
	}
	for i := 0; (i+2)*bits.UintSize/8 <= len(auxv); i += 2 {
		if word(i) == atRandom {
			return uintptr(word(i + 1)), nil
		}
	}
	return 0, errors.New("the auxiliary vector has no AT_RANDOM")
}
