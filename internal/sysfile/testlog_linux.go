package sysfile

import "golang.org/x/sys/unix"

// opensNothing are flags that open(2) refuses before it looks at the name: a temporary
// file has to be writable.
const opensNothing = unix.O_TMPFILE | unix.O_RDONLY
