// Command cp copies a file, or a tree of files, with many operations under way at
// the same time.
//
//	cp [-n 64] [-block 256KiB] [-verify] [-no-progress] src dst
//
// dst is the name of the copy, not a directory to put it in, so that the same
// command can be run again: what is complete by then, with the size and the time
// of modification of its source, is left as it is. What is in dst and not in src
// stays.
//
// Files are copied in blocks, up to -n of them at the same time, and as many files
// are open. A file is written under a temporary name (.cp-….part), synced, and
// renamed: under its own name there is never a part of one. Ctrl-C and SIGTERM
// take the temporary files away; what a crash leaves of them, the next run does.
// Blocks of zeros become holes.
//
// Permissions and times of modification are kept, owners and extended attributes
// are not; neither are the setuid and setgid bits, which would give the rights of the
// new owner, and that is told. Hard links become files of their own. Symbolic links are copied as
// such. What is neither file, directory nor link is left out, and told.
//
// With -verify each copy is read back before it gets its name, and its checksums
// (SHA-256, one for each block) are compared with those of what was read from the
// source. So are the copies that were complete already. The system may read back
// from its cache instead of the device.
//
// The exit status is 0 if all was copied, 1 if something was not, 2 if the command
// line makes no sense, and 130 after an interruption.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/awaitio/awaitio/examples/internal/cli"
)

func main() {
	o := commandLine()
	ctx := cli.Interruptible()
	err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cp:", explain(err))
	}
	switch {
	case ctx.Err() != nil && err != nil:
		os.Exit(130)
	case err != nil:
		os.Exit(1)
	}
}

// options are what the command line asks for.
type options struct {
	src, dst string
	parallel int
	block    size
	verify   bool
	silent   bool
}

// memoryMax is how much all blocks under way may take.
const memoryMax = 4 << 30

func commandLine() options {
	cli.About("Copies src, a file or a tree, to dst: the name of the copy, not a directory to put it in.")
	o := options{block: 256 << 10}
	flag.IntVar(&o.parallel, "n", 64, "how many blocks to copy at the same time")
	flag.Var(&o.block, "block", "how much to copy at once, such as 64KiB or 1MiB")
	flag.BoolVar(&o.verify, "verify", false, "read the copies back and compare checksums")
	flag.BoolVar(&o.silent, "no-progress", false, "say nothing until the end")
	args := cli.Arguments("[flags] src dst", 2)
	if o.parallel < 1 || o.parallel > 4096 {
		cli.Refuse("-n must be from 1 to 4096")
	}
	if memory := int64(o.parallel) * int64(o.block); memory > memoryMax {
		cli.Refuse("-n blocks of -block would take %s of memory: at most %s", formatBytes(memory), formatBytes(memoryMax))
	}
	o.src, o.dst = args[0], args[1]
	return o
}

// run copies, and prints what it did.
func run(ctx context.Context, o options) error {
	begin := time.Now()
	if err := checkPlaces(o.src, o.dst); err != nil {
		return err
	}
	p, err := makePlan(ctx, o.src, o.dst, o.parallel)
	if err != nil {
		return err
	}
	c := newCopier(o, newProgress(o, p), begin)
	err = c.run(ctx, p)
	c.progress.close()
	fmt.Println(c.summary())
	return err
}
