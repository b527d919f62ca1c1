//go:build !linux

package await

import (
	"context"

	"github.com/awaitio/awaitio/proactor"
)

// No other system can be told not to wait for a disk.

func mayReadNow(int) bool { return false }

func (f *File) attempt(int, []byte, int64) (n int, done bool) { return 0, false }

func (io *IO) openNow(context.Context, string, int) (fd int, done bool, err error) {
	return 0, false, nil
}

func (f *File) statNow(context.Context, *proactor.Stat) (done bool, err error) { return false, nil }
