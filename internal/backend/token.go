package backend

// A Token names one request in flight, through the kernel and back: the index
// of its slot in the in-flight table and the slot's generation. It is never a
// pointer, which the collector could not see inside the kernel, and a late
// event for an earlier use of the slot does not match.
//
// The two top bits are the backend's own; Tokens the loop makes have them clear.
type Token uint64

// TokenNone is no request. No slot has generation 0.
const TokenNone Token = 0

const (
	indexBits      = 32
	generationBits = 30

	// GenerationMax is the last generation before a slot starts again at 1.
	GenerationMax = 1<<generationBits - 1
)

// MakeToken joins a slot's index and its generation, 1 to GenerationMax.
func MakeToken(index, generation uint32) Token {
	return Token(generation)<<indexBits | Token(index)
}

// Index is the slot.
func (t Token) Index() uint32 { return uint32(t) }

// Generation tells the slot's uses apart.
func (t Token) Generation() uint32 { return uint32(t>>indexBits) & GenerationMax }
