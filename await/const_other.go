//go:build !unix

package await

const (
	openNonblock = 0
)
