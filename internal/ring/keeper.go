//go:build linux

package ring

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// What the kernel's own threads carry out belongs to the thread that submitted it. When
// that thread ends, they end too, and it waits for them (io_wq_put_and_exit in
// io_uring/io-wq.c): what they do is interrupted. An operation that one of them begins
// at that moment is not, and from then on no cancellation finds it, since it is looked
// for among the threads that there are. An open of a FIFO would wait for ever, and the
// thread with it. Go ends a thread whenever a goroutine ends that is locked to it.
//
// So a thread that does not end while the ring is open submits these operations.
type keeper struct {
	ask    chan keeperCall
	answer chan unix.Errno
}

type keeperCall struct {
	fd              int
	toSubmit, flags uint32
}

// enter is sysEnter on the keeper's thread, which begins with the first call.
func (k *keeper) enter(fd int, toSubmit, flags uint32) unix.Errno {
	if k.ask == nil {
		k.ask, k.answer = make(chan keeperCall), make(chan unix.Errno)
		go k.run()
	}
	k.ask <- keeperCall{fd, toSubmit, flags}
	return <-k.answer
}

func (k *keeper) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(k.answer)
	for c := range k.ask {
		k.answer <- sysEnterHeavy(c.fd, c.toSubmit, c.flags)
	}
}

// end ends the keeper. Nothing of what it submitted may be in flight.
func (k *keeper) end() {
	if k.ask == nil {
		return
	}
	close(k.ask)
	<-k.answer
}
