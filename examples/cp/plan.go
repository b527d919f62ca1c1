package main

import (
	"context"
	"io/fs"
	"path/filepath"

	"github.com/awaitio/awaitio/await"
)

// A plan is what is to be copied.
type plan struct {
	dst   string  // the name of the whole copy
	dirs  []entry // each behind the one it is in
	files []entry
	links []entry
	left  []entry // what is none of these
	bytes int64   // in files

	failed []error // what could not be looked at
}

// An entry is one of them.
type entry struct {
	src, dst string
	info     fs.FileInfo // of src, links not followed
}

// makePlan walks the tree at src. Its error is the end of ctx.
func makePlan(ctx context.Context, src, dst string) (*plan, error) {
	p := &plan{dst: dst}
	p.add(ctx, src, dst)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return p, nil
}

func (p *plan) add(ctx context.Context, src, dst string) {
	info, err := await.Lstat(src)
	if err != nil {
		p.failed = append(p.failed, err)
		return
	}
	e := entry{src, dst, info}
	switch {
	case isTemporary(filepath.Base(src)):
		// It is left of a copy into the source, and its name may be wanted here.
		p.left = append(p.left, e)
	case info.IsDir():
		p.dirs = append(p.dirs, e)
		p.addAll(ctx, e)
	case info.Mode().IsRegular():
		p.files = append(p.files, e)
		p.bytes += info.Size()
	case info.Mode()&fs.ModeSymlink != 0:
		p.links = append(p.links, e)
	default:
		p.left = append(p.left, e)
	}
}

func (p *plan) addAll(ctx context.Context, dir entry) {
	inside, err := await.ReadDir(dir.src)
	if err != nil {
		p.failed = append(p.failed, err)
	}
	for _, e := range inside {
		if ctx.Err() != nil {
			return
		}
		p.add(ctx, filepath.Join(dir.src, e.Name()), filepath.Join(dir.dst, e.Name()))
	}
}
