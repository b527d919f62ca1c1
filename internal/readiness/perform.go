//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import "github.com/awaitio/awaitio/internal/backend"

// Perform carries out r on the calling thread, which it blocks, and returns the
// result that r's event is to have. It is for requests on files: see blockOn.
func Perform(r *backend.Request) int {
	f := operation{req: r}
	return f.block()
}
