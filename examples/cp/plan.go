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

	failed   []error // what could not be looked at
	parallel int
}

// An entry is one of them.
type entry struct {
	src, dst string
	info     fs.FileInfo // of src, links not followed
}

// makePlan walks the tree at src, and looks at so many files of a directory at the
// same time. Its error is the end of ctx.
func makePlan(ctx context.Context, src, dst string, parallel int) (*plan, error) {
	p := &plan{dst: dst, parallel: parallel}
	p.add(ctx, []entry{{src: src, dst: dst}})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return p, nil
}

// add looks at entries and adds them, with what is in them.
func (p *plan) add(ctx context.Context, entries []entry) {
	errs := make([]error, len(entries))
	inParallel(ctx, p.parallel, len(entries), func(i int) {
		entries[i].info, errs[i] = await.Lstat(entries[i].src)
	})
	if ctx.Err() != nil {
		return
	}
	for i, e := range entries {
		if errs[i] != nil {
			p.failed = append(p.failed, errs[i])
			continue
		}
		p.sort(e)
		if e.info.IsDir() {
			p.add(ctx, p.inside(e))
		}
	}
}

// sort puts an entry into its list.
func (p *plan) sort(e entry) {
	mode := e.info.Mode()
	switch {
	case isTemporary(filepath.Base(e.src)) && !mode.IsDir():
		// It is left of a copy into the source, and its name may be wanted here.
		p.left = append(p.left, e)
	case mode.IsDir():
		p.dirs = append(p.dirs, e)
	case mode.IsRegular():
		p.files = append(p.files, e)
		p.bytes += e.info.Size()
	case mode&fs.ModeSymlink != 0:
		p.links = append(p.links, e)
	default:
		p.left = append(p.left, e)
	}
}

// inside are the entries of a directory.
func (p *plan) inside(dir entry) []entry {
	found, err := await.ReadDir(dir.src)
	if err != nil {
		p.failed = append(p.failed, err)
	}
	entries := make([]entry, len(found))
	for i, f := range found {
		entries[i].src = filepath.Join(dir.src, f.Name())
		entries[i].dst = filepath.Join(dir.dst, f.Name())
	}
	return entries
}
