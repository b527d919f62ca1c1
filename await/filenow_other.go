//go:build !linux

package await

// mayReadNow is false: no other system can be told not to wait for a disk.
func mayReadNow(int) bool { return false }

func (f *File) attempt(int, []byte, int64) (n int, done bool) { return 0, false }
