//go:build unix

package sim

import (
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

func TestWriteSync(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		fd := int(r.do(openAt(cwd, "/f", unix.O_CREAT|unix.O_RDWR)))
		r.want(4, writeSync(fd, "safe", -1))
		r.want(1, writeSync(fd, "!", -1))
		if got, _ := r.w.ReadFile("/f"); string(got) != "safe!" {
			r.Errorf("the file is %q", got)
		}
		r.w.Break("/f", syscall.EIO)
		r.wantErrno(syscall.EIO, writeSync(fd, "x", 0))
		_, out := r.w.Pipe()
		r.wantErrno(syscall.EINVAL, writeSync(out, "x", -1))
	})
}

// The two halves take their time one after the other, and each can be stopped or
// go wrong.
func TestWriteSyncInTwoHalves(t *testing.T) {
	half := Span{Min: time.Second, Max: time.Second}
	stopIt := func(r *rig, token backend.Token) { r.cancel(token) }
	for name, c := range map[string]struct {
		after time.Duration
		do    func(r *rig, token backend.Token)
		want  int
		flags backend.EventFlags
		file  string
	}{
		"nothing":               {0, func(*rig, backend.Token) {}, 4, 0, "safe"},
		"cancel in the first":   {half.Min / 2, stopIt, -int(syscall.ECANCELED), 0, ""},
		"cancel in the second":  {half.Min * 3 / 2, stopIt, 4, backend.Unsynced, "safe"},
		"failure in the second": {half.Min * 3 / 2, func(r *rig, _ backend.Token) { r.w.Break("/f", syscall.EIO) }, -int(syscall.EIO), 0, "safe"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Options{FileDelay: half}, func(r *rig) {
				r.w.CreateFile("/f", nil)
				fd, err := r.w.Open("/f", unix.O_RDWR)
				if err != nil {
					t.Fatal(err)
				}
				token := r.start(writeSync(fd, "safe", 0))
				r.pass(c.after)
				c.do(r, token)
				if e := r.wait(token); e.Result != c.want || e.Flags != c.flags {
					t.Errorf("event %+v, want %d and flags %d", e, c.want, c.flags)
				}
				if got, _ := r.w.ReadFile("/f"); string(got) != c.file {
					t.Errorf("the file is %q", got)
				}
			})
		})
	}
}
