//go:build darwin || freebsd

package mounts

import "golang.org/x/sys/unix"

// Read reads what is mounted by getfsstat(2) with MNT_NOWAIT, which asks no file system.
func Read() (*Table, error) {
	n, err := unix.Getfsstat(nil, unix.MNT_NOWAIT)
	if err != nil {
		return nil, err
	}
	room := make([]unix.Statfs_t, n)
	if n, err = unix.Getfsstat(room, unix.MNT_NOWAIT); err != nil {
		return nil, err
	}
	all := make([]Mount, 0, n)
	for i := range room[:n] {
		s := &room[i]
		m := Mount{
			Device: deviceOf(s), Root: "/", Type: unix.ByteSliceToString(s.Fstypename[:]),
			Point: unix.ByteSliceToString(s.Mntonname[:]), Source: unix.ByteSliceToString(s.Mntfromname[:]),
			ReadOnly: s.Flags&unix.MNT_RDONLY != 0,
		}
		if s.Flags&unix.MNT_LOCAL == 0 || !onDevices[m.Type] {
			m.Class = MayHang
		}
		all = append(all, m)
	}
	return NewTable(all), nil
}
