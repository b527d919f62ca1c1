package backend

import "cmp"

// A Token names one request in flight, through the kernel and back: the index
// of its slot in the in-flight table and the slot's generation. It is never a
// pointer, which the collector could not see inside the kernel, and a late
// event for an earlier use of the slot does not match.
//
// A generation is 1 to GenerationMax: the two top bits are the backend's own.
type Token struct{ Index, Generation uint32 }

// Compare orders tokens, for the simulator and tests to be the same each time.
func (t Token) Compare(u Token) int {
	return cmp.Or(cmp.Compare(t.Generation, u.Generation), cmp.Compare(t.Index, u.Index))
}

// TokenNone is no request. No slot has generation 0.
var TokenNone Token

// GenerationMax is the last generation before a slot starts again at 1.
const GenerationMax = 1<<30 - 1
