package proactor

import (
	"syscall"
	"testing"
)

// TIMEOUT_REMOVE and ASYNC_CANCEL answer a race with EALREADY or EBUSY, by
// kernel version.
func TestCancelResultsAreKnown(t *testing.T) {
	for result, want := range map[int]error{
		0:                       nil,
		1:                       nil,
		-int(syscall.ENOENT):    ErrNotFound,
		-int(syscall.EALREADY):  ErrAlreadyInProgress,
		-int(syscall.EBUSY):     ErrAlreadyInProgress,
		-int(syscall.EINVAL):    syscall.EINVAL,
		-int(syscall.ECANCELED): syscall.ECANCELED,
	} {
		if got := cancelResult(result); got != want {
			t.Errorf("result %d is %v, want %v", result, got, want)
		}
	}
}
