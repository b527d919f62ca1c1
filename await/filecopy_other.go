//go:build !linux

package await

func (f *File) copyRange(*File, int64) (int64, bool, error) { return 0, false, nil }
