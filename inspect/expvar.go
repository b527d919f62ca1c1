package inspect

import (
	"expvar"

	"github.com/awaitio/awaitio/await"
)

// Expvar publishes the state of io, without the operations under way, as the variable name of
// package expvar. Like expvar.Publish it panics if the name is taken. It reads the state when the
// variable is read.
func Expvar(name string, io *await.IO) {
	expvar.Publish(name, expvar.Func(func() any {
		r := report([]*await.IO{io}, query{}, 1)
		shown := r.IOs[0]
		shown.Operations, shown.Listed = nil, 0
		return shown
	}))
}
