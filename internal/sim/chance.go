//go:build unix

package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
)

// All chance is a hash of the seed and of what it is about: the kind of the decision, the
// link, host, connection or file, and how many decisions of the kind there were on that.
// So a decision that is taken out moves no other.

// An object is what decisions are about, as a number that does not depend on when it was
// made.
type object uint64

// A FaultID names one decision of chance, in every run with the same program. It does not
// depend on the seed.
type FaultID uint64

// String is the number in hexadecimal.
func (id FaultID) String() string { return fmt.Sprintf("%016x", uint64(id)) }

// ParseFaultID is the inverse of String.
func ParseFaultID(s string) (FaultID, error) {
	n, err := strconv.ParseUint(s, 16, 64)
	return FaultID(n), err
}

// mix makes one number of two, each bit of which depends on all bits of both: the last
// rounds of MurmurHash3, after a multiplication that keeps (a, b) and (b, a) apart.
func mix(a, b uint64) uint64 {
	x := a*0x9e3779b97f4a7c15 + b
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// hashText is the number of a text: FNV-1a, mixed.
func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h, uint64(len(s)))
}

func (w *World) object(name string) object { return object(hashText(name)) }

// of is an object that belongs to another: its nth of a kind.
func (o object) of(k chance, n uint64) object {
	return object(mix(mix(uint64(o), uint64(k)), n))
}

// id names the decision number n of a kind about o.
func (o object) id(k chance, n uint64) FaultID {
	return FaultID(mix(mix(uint64(k), uint64(o)), n))
}

// draw is the outcome of a decision, evenly among all numbers.
func (w *World) draw(o object, k chance, n uint64) uint64 {
	return mix(w.seed, uint64(o.id(k, n)))
}

// unit turns a drawn number into one from 0 up to 1.
func unit(u uint64) float64 { return float64(u>>11) / (1 << 53) }

// strikes decides whether a fault of a share of cases happens. It has a name too where it was
// to happen, and the options take it out.
func (w *World) strikes(o object, k chance, n uint64, share float64) (id FaultID, hit bool) {
	if share <= 0 {
		return 0, false
	}
	id = o.id(k, n)
	if unit(mix(w.seed, uint64(id))) >= share {
		return 0, false
	}
	if w.spared(id, k) {
		return id, false
	}
	w.opt.Watch.Struck(id)
	return id, true
}

// spared reports whether the options take a fault out.
func (w *World) spared(id FaultID, k chance) bool {
	_, skip := w.opt.Skip[id]
	_, keep := slices.BinarySearch(w.opt.Keep, uint64(id))
	return skip || w.opt.Without&(1<<k) != 0 || w.opt.Keep != nil && !keep
}

// Strikes decides whether a fault that is decided outside of this package happens: of a
// share of cases, the nth one of a name. Options.Skip, Without and Keep
// may take it out.
func (w *World) Strikes(name string, n uint64, share float64) (FaultID, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id, hit := w.strikes(w.object(name), chanceOther, n, share)
	if !hit {
		return 0, false
	}
	return id, true
}

// Source is a source of chance that depends on the seed and a name alone.
func (w *World) Source(name string) *rand.Rand {
	o := w.object(name)
	return rand.New(rand.NewPCG(w.draw(o, chanceSource, 0), w.draw(o, chanceSource, 1)))
}

// exponential turns a drawn number into one with a mean of 1: -ln(1-u).
func exponential(u uint64) float64 { return -math.Log1p(-unit(u)) }
