package await

import "unsafe"

// bytesOf is the bytes of s, without a copy. They are only to be read.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
