package await

import (
	"context"
)

// Truncate makes the file name size bytes long, or the one that a symbolic link leads to.
// What it gains reads as zeros. Like the other calls on the tree it blocks a thread,
// at most Config.Workers of them at once. The error is an *fs.PathError; errors.Is knows
// what it does of os.Truncate.
func Truncate(name string, size int64) error { return defaultIO.Truncate(name, size) }

// TruncateContext is Truncate that ctx can end.
func TruncateContext(ctx context.Context, name string, size int64) error {
	return defaultIO.TruncateContext(ctx, name, size)
}

// Chown changes the owner and the group of the file name, or of the one that a symbolic
// link leads to; -1 leaves one as it is. The error is an *fs.PathError; errors.Is knows
// what it does of os.Chown.
func Chown(name string, uid, gid int) error { return defaultIO.Chown(name, uid, gid) }

// ChownContext is Chown that ctx can end.
func ChownContext(ctx context.Context, name string, uid, gid int) error {
	return defaultIO.ChownContext(ctx, name, uid, gid)
}

// Lchown is Chown of a symbolic link itself.
func Lchown(name string, uid, gid int) error { return defaultIO.Lchown(name, uid, gid) }

// LchownContext is Lchown that ctx can end.
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
