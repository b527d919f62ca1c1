package proactor

import (
	"syscall"
	"testing"
)

// TIMEOUT_REMOVE and ASYNC_CANCEL answer a race with EALREADY or EBUSY, by
// kernel version.
func TestCancelResultsAreKnown(t *testing.T) {
	for result, want := range map[int32]error{
		0:                         nil,
		1:                         nil,
		-int32(syscall.ENOENT):    ErrNotFound,
		-int32(syscall.EALREADY):  ErrAlreadyInProgress,
		-int32(syscall.EBUSY):     ErrAlreadyInProgress,
		-int32(syscall.EINVAL):    syscall.EINVAL,
		-int32(syscall.ECANCELED): syscall.ECANCELED,
	} {
		if got := cancelResult(result); got != want {
			t.Errorf("result %d is %v, want %v", result, got, want)
		}
	}
}
