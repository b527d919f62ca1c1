//go:build !linux

package sysfile

import "os"

// opensNothing are flags that open(2) refuses before it looks at the name: a file is
// not write-only and for both.
const opensNothing = os.O_WRONLY | os.O_RDWR
