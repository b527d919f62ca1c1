//go:build unix

package simdisk

import (
	"iter"
	"math/rand/v2"
)

// Crash is a power failure: a new disk, of which pick tells what it has kept. pick returns a
// number from 0 to below n. The disk d is as it was.
//
// Pages and names are shared until one of the disks changes them, and each disk may be used
// by another goroutine.
func (d *Disk) Crash(pick func(n int64) int64) *Disk {
	w := d.wreck()
	return w.rebuild(w.make(w.plan(pick)))
}

// plan is what a crash chooses by.
func (w *wreck) plan(pick func(n int64) int64) func() bool {
	switch pick(4) {
	case 0:
		return func() bool { return false }
	case 1:
		return first(pick(w.parts() + 1))
	case 2:
		return func() bool { return true }
	}
	percent := []int64{10, 50, 90}[pick(3)]
	return func() bool { return pick(100) < percent }
}

// first chooses the first n parts.
func first(n int64) func() bool {
	return func() bool {
		n--
		return n >= 0
	}
}

// only chooses a part n, or all others.
func only(n int64, others bool) func() bool {
	return func() bool {
		n--
		return (n == -1) != others
	}
}

// A wreck is a disk at the instant of a crash.
type wreck struct {
	of      *Disk
	config  Config
	stable  tree
	effects []*effect
}

func (d *Disk) wreck() *wreck {
	w := &wreck{of: d, config: d.config}
	if d.config.Model == Durable {
		w.stable = d.seen.clone()
		return w
	}
	w.stable = d.stable.clone()
	for _, e := range d.pending {
		if !e.done {
			c := *e
			w.effects = append(w.effects, &c)
		}
	}
	return w
}

func (w *wreck) make(choose func() bool) tree {
	return newPass(w.config.Model, int64(w.config.Sector), &w.stable, choose).run(w.effects)
}

// parts are how many there are to choose of.
func (w *wreck) parts() (n int64) {
	w.make(func() bool { n++; return true })
	return n
}

// rebuild is a disk with both states as in t.
func (w *wreck) rebuild(t tree) *Disk {
	d := New(w.config)
	d.chance, d.now, d.made, d.changes = w.of.chance, w.of.now, w.of.made, w.of.changes
	d.seen = t
	d.stable = d.seen.clone()
	d.uncounted = true
	return d
}

// imagesMax bounds how many images are made in search of new ones.
const imagesMax = 1 << 16

// CrashImages are the disks that a crash now could leave, each once: all of them if n is 0 or
// less, else about n. First come that which has lost all, that which has lost nothing, and
// then, if not all are asked for, those that have kept the first few parts, that have lost
// one part, or that have kept one. However many there are, no more than 65,536 are tried.
//
// The disk may change while images are looked at.
func (d *Disk) CrashImages(n int) iter.Seq[*Disk] {
	w := d.wreck()
	return func(yield func(*Disk) bool) {
		known := map[uint64]bool{}
		offer := func(choose func() bool) bool {
			t := w.make(choose)
			sum := t.digest()
			if known[sum] {
				return true
			}
			known[sum] = true
			return yield(w.rebuild(t))
		}
		none := func() bool { return false }
		all := func() bool { return true }
		if !offer(none) || !offer(all) {
			return
		}
		if n <= 0 || w.every(4*n, func(choose func() bool) bool { w.make(choose); return true }) {
			w.every(imagesMax, offer)
		} else {
			w.some(16*n, offer, func() bool { return len(known) < n })
		}
	}
}

// every offers all choices there are, unless there are more than limit.
func (w *wreck) every(limit int, offer func(choose func() bool) bool) bool {
	var choices []bool
	for range limit {
		at := 0
		more := offer(func() bool {
			if at == len(choices) {
				choices = append(choices, true)
			}
			at++
			return choices[at-1]
		})
		for len(choices) > 0 && !choices[len(choices)-1] {
			choices = choices[:len(choices)-1]
		}
		if !more || len(choices) == 0 {
			return true
		}
		choices[len(choices)-1] = false
	}
	return false
}

// some offers choices of each kind by turns.
func (w *wreck) some(tries int, offer func(choose func() bool) bool, unmet func() bool) {
	parts := w.parts()
	chance := rand.New(rand.NewPCG(uint64(parts), uint64(len(w.effects))))
	shuffled := func() func() int64 { // spreads over all parts, however many
		offset, next := chance.Int64N(parts), int64(-1)
		stride := parts/64 + 1
		return func() int64 { next++; return (offset + next*stride) % parts }
	}
	prefix, lost, kept := shuffled(), shuffled(), shuffled()
	for i := 0; i < min(tries, imagesMax) && unmet(); i++ {
		choose := first(prefix())
		switch i % 4 {
		case 1:
			choose = only(lost(), true)
		case 2:
			choose = only(kept(), false)
		case 3:
			percent := []int64{10, 50, 90}[chance.IntN(3)]
			choose = func() bool { return chance.Int64N(100) < percent }
		}
		if !offer(choose) {
			return
		}
	}
}
