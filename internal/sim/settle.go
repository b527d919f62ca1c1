//go:build unix

package sim

import (
	"github.com/awaitio/awaitio/internal/list"
)

// A waitList is the operations that wait for one thing to change, the first first.
type waitList struct {
	flights list.List[flight]
	touched bool
}

// touch notes that operations that wait in l may succeed now.
func (w *World) touch(l *waitList) {
	if !l.touched && l.flights.Size > 0 {
		l.touched = true
		w.touched = append(w.touched, l)
	}
}

// settle tries again what waits where something changed, until nothing changes.
func (w *World) settle() {
	for i := 0; i < len(w.touched); i++ {
		l := w.touched[i]
		w.touched[i] = nil
		l.touched = false
		for n := l.flights.First; n != nil; {
			f := n.Value
			n = n.Next // an attempt takes off nothing but f
			if f.stage == stageWaiting {
				w.try(f)
			}
		}
	}
	w.touched = w.touched[:0]
}
