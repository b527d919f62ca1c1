//go:build !unix

package await

const (
	msgDontWait  = 0
	openNonblock = 0
)
