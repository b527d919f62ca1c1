//go:build unix

package sim

import (
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

const cwd = unix.AT_FDCWD

func TestOpenAt(t *testing.T) {
	inWorld(t, Options{Descriptors: 3}, func(r *rig) {
		r.w.CreateFile("/dir/file", []byte("contents"))
		r.wantErrno(syscall.ENOENT, openAt(cwd, "/none", unix.O_RDONLY))
		r.wantErrno(syscall.ENOENT, openAt(cwd, "", unix.O_RDONLY))
		r.wantErrno(syscall.ENOENT, openAt(cwd, "/none/file", unix.O_CREAT))
		r.wantErrno(syscall.ENOTDIR, openAt(cwd, "/dir/file/x", unix.O_RDONLY))
		r.wantErrno(syscall.ENOTDIR, openAt(cwd, "/dir/file", unix.O_DIRECTORY))
		r.wantErrno(syscall.EEXIST, openAt(cwd, "/dir/file", unix.O_CREAT|unix.O_EXCL|unix.O_RDWR))
		r.wantErrno(syscall.EISDIR, openAt(cwd, "/dir", unix.O_RDWR))
		r.wantErrno(syscall.ENAMETOOLONG, openAt(cwd, "/"+string(make([]byte, 256)), unix.O_RDONLY))
		r.wantErrno(syscall.EBADF, openAt(77, "file", unix.O_RDONLY))

		dir := int(r.do(openAt(cwd, "/dir", unix.O_RDONLY|unix.O_DIRECTORY)))
		file := int(r.do(openAt(dir, "./../dir/file", unix.O_RDONLY)))
		r.wantErrno(syscall.ENOTDIR, openAt(file, "x", unix.O_RDONLY))
		r.want(int(file)+1, openAt(dir, "new", unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY))
		r.wantErrno(syscall.EMFILE, openAt(cwd, "/dir/file", unix.O_RDONLY))
		r.wantErrno(syscall.EISDIR, read(dir, make([]byte, 1), 0))
		r.wantErrno(syscall.EBADF, write(file, "x", 0))
		r.wantErrno(syscall.EBADF, read(file+1, make([]byte, 1), 0))
		r.want(0, closeFD(dir))
		r.want(int(dir), openAt(cwd, "/dir/file", unix.O_RDWR|unix.O_TRUNC)) // the lowest number again
		if got, ok := r.w.ReadFile("/dir/file"); !ok || len(got) != 0 {
			r.Errorf("after O_TRUNC: %q, %v", got, ok)
		}
	})
}

func TestReadAndWrite(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		fd := int(r.do(openAt(cwd, "f", unix.O_CREAT|unix.O_RDWR)))
		r.want(5, write(fd, "hello", -1))
		r.want(5, write(fd, "world", -1))
		r.want(2, write(fd, "__", 2))
		r.want(1, write(fd, "!", 12))
		buf := make([]byte, 20)
		r.want(13, read(fd, buf, 0))
		if got, want := string(buf[:13]), "he__oworld\x00\x00!"; got != want {
			r.Errorf("read %q, want %q", got, want)
		}
		r.want(3, read(fd, buf, -1)) // where the writes left the position
		r.want(0, read(fd, buf, -1))
		r.want(0, fsync(fd))
		r.wantErrno(syscall.EFBIG, write(fd, "x", fileMax))
		log := int(r.do(openAt(cwd, "/f", unix.O_WRONLY|unix.O_APPEND)))
		r.want(3, write(log, "end", 0))
		if got, _ := r.w.ReadFile("/f"); string(got) != "he__oworld\x00\x00!end" {
			r.Errorf("the file is %q", got)
		}
		r.wantErrno(syscall.ENOTSOCK, recv(fd, buf, 0))
		r.want(unix.POLLIN, poll(fd, unix.POLLIN))
	})
}

func TestReadVAndWriteV(t *testing.T) {
	inWorld(t, Options{ShortReads: 1, ShortWrites: 1}, func(r *rig) {
		fd := int(r.do(openAt(cwd, "/f", unix.O_CREAT|unix.O_RDWR)))
		words := [][]byte{[]byte("one "), nil, []byte("two "), []byte("three")}
		n := r.do(vector(backend.OpWriteV, fd, 0, words...))
		if got, _ := r.w.ReadFile("/f"); n <= 0 || n > 13 || string(got) != "one two three"[:n] {
			r.Errorf("wrote %d bytes, and %q is there", n, got)
		}
		a, b := make([]byte, 3), make([]byte, 10)
		m := r.do(vector(backend.OpReadV, fd, -1, a, b))
		if got := string(a) + string(b); m <= 0 || m > n || got[:m] != "one two three"[:m] {
			r.Errorf("read %d of %d bytes: %q", m, n, got)
		}
	})
}

func TestStatx(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		r.w.CreateFile("/dir/file", make([]byte, 1000))
		var st backend.Stat
		r.want(0, statx(cwd, "/dir/file", 0, &st))
		if st.Size != 1000 || st.Blocks != 8 || st.Mode&syscall.S_IFMT != syscall.S_IFREG || st.Mtime.Sec != time.Now().Unix() {
			r.Errorf("got %+v", st)
		}
		dir := int(r.do(openAt(cwd, "/dir", unix.O_RDONLY)))
		r.want(0, statx(dir, "", atEmptyPath, &st))
		if st.Mode&syscall.S_IFMT != syscall.S_IFDIR {
			r.Errorf("got %+v", st)
		}
		in, _ := r.w.Pipe()
		r.want(0, statx(in, "", atEmptyPath, &st))
		if st.Mode&syscall.S_IFMT != syscall.S_IFIFO {
			r.Errorf("got %+v", st)
		}
		r.want(0, statx(dir, "file", 0, &st))
		r.wantErrno(syscall.ENOENT, statx(dir, "none", 0, &st))
		r.wantErrno(syscall.ENOENT, statx(dir, "", 0, &st))
		r.wantErrno(syscall.EBADF, statx(77, "", atEmptyPath, &st))
		r.wantErrno(syscall.ENOTDIR, statx(in, "file", 0, &st))
	})
}

func TestDiskFillsUp(t *testing.T) {
	inWorld(t, Options{DiskBytes: 8}, func(r *rig) {
		fd := int(r.do(openAt(cwd, "/f", unix.O_CREAT|unix.O_RDWR)))
		r.want(5, write(fd, "12345", 0))
		r.want(3, write(fd, "678910", 5))
		r.wantErrno(syscall.ENOSPC, write(fd, "x", 8))
		r.want(1, write(fd, "x", 0)) // there is room where there was something
		r.do(openAt(cwd, "/f", unix.O_TRUNC|unix.O_WRONLY))
		r.want(8, write(fd, "abcdefgh", 0))
	})
}

func TestBrokenFile(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		r.w.CreateFile("/f", []byte("abc"))
		fd := int(r.do(openAt(cwd, "/f", unix.O_RDWR)))
		r.w.Break("/f", syscall.EIO)
		buf := make([]byte, 3)
		r.wantErrno(syscall.EIO, read(fd, buf, 0))
		r.wantErrno(syscall.EIO, write(fd, "x", 0))
		r.wantErrno(syscall.EIO, fsync(fd))
		r.w.Break("/f", 0)
		r.want(3, read(fd, buf, 0))
	})
}

func TestTornWriteStoresAPart(t *testing.T) {
	inWorld(t, Options{TornWrites: 1}, func(r *rig) {
		fd := int(r.do(openAt(cwd, "/f", unix.O_CREAT|unix.O_RDWR)))
		r.wantErrno(syscall.EIO, write(fd, "abcdef", 0))
		if got, _ := r.w.ReadFile("/f"); string(got) != "abc" {
			r.Errorf("the file is %q", got)
		}
	})
}

func TestShortReadsAndWritesOfFiles(t *testing.T) {
	inWorld(t, Options{ShortReads: 1, ShortWrites: 1}, func(r *rig) {
		r.w.CreateFile("/f", make([]byte, 1000))
		fd := int(r.do(openAt(cwd, "/f", unix.O_RDWR)))
		if n := r.do(read(fd, make([]byte, 1000), 0)); n < 1 || n >= 1000 {
			r.Errorf("read %d bytes", n)
		}
		if n := r.do(write(fd, string(make([]byte, 1000)), 0)); n < 1 || n >= 1000 {
			r.Errorf("wrote %d bytes", n)
		}
	})
}

func TestStuckFileCannotBeCanceled(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		r.w.CreateFile("/f", []byte("abc"))
		fd := int(r.do(openAt(cwd, "/f", unix.O_RDWR)))
		r.w.Stick("/f")
		var st backend.Stat
		stuck := []backend.Token{
			r.start(read(fd, make([]byte, 3), 0)),
			r.start(write(fd, "xyz", 0)),
			r.start(fsync(fd)),
			r.start(statx(cwd, "/f", 0, &st)),
			r.start(openAt(cwd, "/f", unix.O_RDONLY)),
		}
		r.want(0, closeFD(fd)) // does not reach what is under way
		for _, token := range stuck {
			r.wantEvent(r.cancel(token), -int(syscall.EALREADY))
		}
		r.pass(time.Hour)
		for _, token := range stuck {
			r.pending(token)
		}
		r.w.Unstick("/f")
		for i, want := range []int{3, 3, 0, 0, int(fd)} {
			r.wantEvent(stuck[i], want)
		}
	})
}

func TestCloseWaitsForAStuckFile(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		r.w.CreateFile("/f", []byte("abc"))
		r.w.Stick("/f")
		r.start(openAt(cwd, "/f", unix.O_RDONLY))
		time.AfterFunc(time.Hour, func() { r.w.Unstick("/f") })
		begin := time.Now()
		if err := r.b.Close(); err != nil {
			r.Error(err)
		}
		if d := time.Since(begin); d != time.Hour {
			r.Errorf("Close took %v", d)
		}
		r.wantOpen() // nobody takes what the open made
	})
}
