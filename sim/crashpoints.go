//go:build unix

package sim

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/simdisk"
	"github.com/awaitio/awaitio/proactor"
)

// imagesMax is how many disks CrashPoints looks at for each change.
const imagesMax = 256

// CrashPoints runs work once on a host with a disk like c, and checks each disk that a power
// failure during work could leave. It stops before work, and after each change that work makes to
// a file, to a name or to the stable state; meanwhile none of work's calls returns. check runs on
// a host of its own that has such a disk, and returns an error if the disk is not in a permitted
// state.
//
// If a change could leave more than 256 disks, CrashPoints checks some of them: the extremes, and
// some that have kept the first few effects, lost one, or kept one.
//
// t fails with the first error of check, reported with the effects that were not stable and how
// the disk differs from the one that work saw. t also fails with an error of work. As in Run,
// everything happens in a child process. SIM_COUNT=n repeats it for n seeds, which differ in the
// random choices of c.
func CrashPoints(t *testing.T, c DiskConfig, work, check Program) {
	t.Helper()
	Run(t, Config{Count: 1, Disk: c}, func(t *testing.T, w *World) {
		t.Helper()
		p := crashPoints{w: w, t: t, check: check, changes: make(chan struct{}, 1)}
		p.run(work)
	})
}

// crashPoints is one CrashPoints.
type crashPoints struct {
	w       *World
	t       *testing.T
	check   Program
	changes chan struct{} // has an element when the host was halted

	host   *Host     // of work
	lab    *sim.Host // of check
	before []Effect  // unsynced at the last point
	points int
	disks  int
}

func (p *crashPoints) run(work Program) {
	p.t.Helper()
	begin := make(chan struct{})
	start := sync.OnceFunc(func() { close(begin) })
	defer start() // so that work ends, whatever comes of this
	p.host = p.w.Host("work", func(ctx context.Context, io *await.IO) error {
		<-begin
		return work(ctx, io)
	})
	lab, err := p.w.in.AddHost("check")
	if err != nil {
		p.w.fatalf("%v", err)
	}
	p.lab = lab
	lab.Quieten()
	p.w.Wait()
	p.look()
	if p.t.Failed() {
		return
	}
	p.host.in.Halt(func() {
		select {
		case p.changes <- struct{}{}:
		default: // one is due
		}
	})
	defer p.host.in.Halt(nil)
	start()
	for !p.t.Failed() {
		select {
		case <-p.changes:
			p.w.Wait()
			p.look()
			p.host.Resume()
		case <-p.host.current().done:
			p.w.Logf("%d points, %d disks", p.points, p.disks)
			return
		}
	}
	p.host.in.Halt(nil)
	p.host.Resume()
}

// look checks the disks that a crash could leave now.
func (p *crashPoints) look() {
	p.t.Helper()
	p.points++
	p.note()
	for image := range p.host.disk.in.CrashImages(imagesMax) {
		p.disks++
		kept := image.Clone() // as it is before check works on it
		if err := p.try(image); err != nil {
			p.t.Errorf("seed %d, crash point %d, after %v: %v\n%s", p.w.seed, p.points, p.w.passed(), err, p.describe(kept))
			return
		}
	}
}

// note notes what has changed since the last point.
func (p *crashPoints) note() {
	now := p.host.disk.Unsynced()
	fresh := now
	for _, e := range p.before {
		if i := slices.Index(fresh, e); i >= 0 {
			fresh = fresh[i+1:]
		}
	}
	for _, e := range fresh {
		p.w.noteHost(p.host, "point %d: %v", p.points, e)
	}
	if stable := len(p.before) + len(fresh) - len(now); stable > 0 {
		p.w.noteHost(p.host, "point %d: effects that are stable now: %d", p.points, stable)
	}
	p.before = now
}

// try runs check on a disk.
func (p *crashPoints) try(image *simdisk.Disk) error {
	p.lab.Disk().Mount(image)
	in := p.lab.Restart()
	open := func() (backend.Backend, error) { return in.Backend() }
	started, err := hook.StartOn(proactor.Config{}, open, in)
	if err != nil {
		return fmt.Errorf("start the IO of check: %w", err)
	}
	io := started.(*await.IO)
	ctx, cancel := context.WithTimeout(context.Background(), checkMax)
	defer cancel()
	err = p.check(ctx, io)
	p.lab.Exit("check has ended")
	_ = io.Close() // its host is down: it has no more to close
	return err
}

// checkMax is how much simulated time a check may take.
const checkMax = time.Hour

// describe tells what a disk has that a crash has left, beside what work saw.
func (p *crashPoints) describe(image *simdisk.Disk) string {
	s := "not stable was, in this order:\n"
	effects := p.host.disk.Unsynced()
	for _, e := range effects[max(0, len(effects)-linesMax):] {
		s += "    " + e.String() + "\n"
	}
	if len(effects) == 0 {
		s = "all was stable\n"
	}
	if d := differences(p.host.disk.FS(), image.FS()); d != "" {
		return s + "the crash has left, of what was seen:\n" + d
	}
	return s + "the crash has left all that was seen\n"
}
