package await

import (
	"context"
)

// Truncate changes the size of the named file to size bytes, following symbolic links. Added bytes
// read as zeros.
func Truncate(name string, size int64) error { return defaultIO.Truncate(name, size) }

// TruncateContext is like Truncate, but returns when ctx ends.
func TruncateContext(ctx context.Context, name string, size int64) error {
	return defaultIO.TruncateContext(ctx, name, size)
}

// Chown changes the owner and the group of the named file, following symbolic links; -1 leaves
// one unchanged.
func Chown(name string, uid, gid int) error { return defaultIO.Chown(name, uid, gid) }

// ChownContext is like Chown, but returns when ctx ends.
func ChownContext(ctx context.Context, name string, uid, gid int) error {
	return defaultIO.ChownContext(ctx, name, uid, gid)
}

// Lchown is Chown of a symbolic link itself.
func Lchown(name string, uid, gid int) error { return defaultIO.Lchown(name, uid, gid) }

// LchownContext is like Lchown, but returns when ctx ends.
func LchownContext(ctx context.Context, name string, uid, gid int) error {
	return defaultIO.LchownContext(ctx, name, uid, gid)
}

// Truncate is the function Truncate on io.
func (io *IO) Truncate(name string, size int64) error {
	return io.TruncateContext(context.Background(), name, size)
}

// TruncateContext is the function TruncateContext on io.
func (io *IO) TruncateContext(ctx context.Context, name string, size int64) error {
	return io.onTree(ctx, "truncate", name, func() error { return io.loops.System.Truncate(name, size) })
}

// Chown is the function Chown on io.
func (io *IO) Chown(name string, uid, gid int) error {
	return io.ChownContext(context.Background(), name, uid, gid)
}

// ChownContext is the function ChownContext on io.
func (io *IO) ChownContext(ctx context.Context, name string, uid, gid int) error {
	return io.onTree(ctx, "chown", name, func() error { return io.loops.System.Chown(name, uid, gid) })
}

// Lchown is the function Lchown on io.
func (io *IO) Lchown(name string, uid, gid int) error {
	return io.LchownContext(context.Background(), name, uid, gid)
}

// LchownContext is the function LchownContext on io.
func (io *IO) LchownContext(ctx context.Context, name string, uid, gid int) error {
	return io.onTree(ctx, "lchown", name, func() error { return io.loops.System.Lchown(name, uid, gid) })
}
