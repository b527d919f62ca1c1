//go:build unix

package testutil

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestOwnedDescriptorsAreClosed(t *testing.T) {
	CheckLeaks(t)
	var left, closed int
	wantNoFailure(t, runFake(t, func(tb testing.TB) {
		left, closed = SocketPair(tb)
		Close(tb, closed)
		wantClosed(t, closed)
	}))
	wantClosed(t, left)
}

func TestDisownedDescriptorIsLeftAlone(t *testing.T) {
	CheckLeaks(t)
	var r int
	wantNoFailure(t, runFake(t, func(tb testing.TB) {
		r, _ = Pipe(tb)
		Disown(tb, r)
	}))
	if err := unix.Close(r); err != nil {
		t.Errorf("close a disowned descriptor: %v", err)
	}
}

func TestClosingBehindTheOwnersBackFails(t *testing.T) {
	CheckLeaks(t)
	wantFailure(t, runFake(t, func(tb testing.TB) {
		r, _ := Pipe(tb)
		mustClose(t, r)
	}), "without testutil.Close")
}

// A stranger's file under the same number must survive the owner's end.
func TestReusedNumberIsNotClosed(t *testing.T) {
	CheckLeaks(t)
	var fd int
	wantFailure(t, runFake(t, func(tb testing.TB) {
		fd, _ = Pipe(tb)
		strangers := [2]int{}
		if err := unix.Pipe(strangers[:]); err != nil {
			t.Fatal(err)
		}
		if err := unix.Dup2(strangers[0], fd); err != nil {
			t.Error(err)
		}
		mustClose(t, strangers[0])
		mustClose(t, strangers[1])
	}), "without testutil.Close")
	mustClose(t, fd)
}

func TestOwningTwiceFails(t *testing.T) {
	CheckLeaks(t)
	wantFailure(t, runFake(t, func(tb testing.TB) {
		r, _ := Pipe(tb)
		Own(tb, r)
	}), "owned already")
}

func TestClosingWhatIsNotOwnedFails(t *testing.T) {
	wantFailure(t, runFake(t, func(tb testing.TB) { Close(tb, 1<<20) }), "not owned")
	wantFailure(t, runFake(t, func(tb testing.TB) { Disown(tb, 1<<20) }), "not owned")
	wantFailure(t, runFake(t, func(tb testing.TB) { Own(tb, 1<<20) }), "own descriptor")
}

func mustClose(t *testing.T, fd int) {
	t.Helper()
	if err := unix.Close(fd); err != nil {
		t.Errorf("close: %v", err)
	}
}

func wantClosed(t *testing.T, fd int) {
	t.Helper()
	if _, err := identify(fd); err != unix.EBADF {
		t.Errorf("fstat(%d): got error %v, want EBADF", fd, err)
	}
}
