//go:build linux

package proactor_test

import (
	"bytes"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

func TestWriteSyncWritesWhereItShould(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, path := testutil.TempFile(t, 10)
	for _, tt := range []struct {
		text   string
		offset int64
		flags  int
	}{
		{"ABC", 4, 0}, {"at", proactor.CurrentPosition, proactor.FsyncDataOnly}, {"!", proactor.CurrentPosition, 0},
	} {
		wantN(t, do(t, p, func(o *op) error {
			return p.WriteSync(&o.c, fd, []byte(tt.text), tt.offset, tt.flags, o.done)
		}), len(tt.text))
	}
	want := testutil.FileContents(0, 10)
	copy(want[4:], "ABC")
	copy(want, "at!")
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file holds %q, %v, want %q", got, err, want)
	}
	if at, err := unix.Seek(fd, 0, unix.SEEK_CUR); at != 3 || err != nil {
		t.Errorf("the position is %d, %v", at, err)
	}
}

// Many at once, on one file: each is linked to its own sync only.
func TestManyWriteSyncs(t *testing.T) {
	p := open(t, proactor.Config{Entries: 8})
	fd, path := testutil.TempFile(t, 0)
	want := testutil.FileContents(0, 100*64)
	all := make([]*op, 100)
	for i := range all {
		all[i] = start(t, func(o *op) error {
			return p.WriteSync(&o.c, fd, want[i*64:(i+1)*64], int64(i)*64, i%2, o.done)
		})
	}
	for _, o := range all {
		wantN(t, wait(t, p, o), 64)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file holds other bytes than were written: %v", err)
	}
}
