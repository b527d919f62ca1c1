package fdcall

import "golang.org/x/sys/unix"

// threadID is the number of the thread that runs the caller. Go may have it run on another one at any
// time, but seldom does in the few instructions before a system call.
func threadID() int { return unix.Gettid() }
