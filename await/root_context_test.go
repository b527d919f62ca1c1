//go:build unix

package await

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Trees that bear a context give it to their calls, and say which name they are of.
func TestTreesWithAContext(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "file"), []byte("some"), 0o600))
	io := open(t, Config{})
	r, err := io.OpenRoot(dir)
	must(t, err)
	defer r.Close()
	for name, tree := range map[string]func(ctx context.Context) fs.FS{
		"DirFSContext":   func(ctx context.Context) fs.FS { return io.DirFSContext(ctx, dir) },
		"Root.FSContext": r.FSContext,
	} {
		ctx, end := context.WithCancelCause(background)
		of := tree(ctx)
		if data, err := fs.ReadFile(of, "file"); string(data) != "some" || err != nil {
			t.Errorf("%s: %q, %v", name, data, err)
		}
		end(errors.New("enough"))
		for call, err := range map[string]error{
			"Open":     second(of.Open("file")),
			"Stat":     second(fs.Stat(of, "file")),
			"ReadDir":  second(fs.ReadDir(of, ".")),
			"ReadFile": second(fs.ReadFile(of, "file")),
			"ReadLink": second(fs.ReadLink(of, "file")),
		} {
			var failed *fs.PathError
			if !errors.As(err, &failed) || failed.Path != "file" && failed.Path != "." || !errors.Is(err, context.Canceled) || failed.Err.Error() != "enough" {
				t.Errorf("%s: %s: %v", name, call, err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }
