package serve

import (
	"io"
	"net"
	"net/http"
)

// serveHTTP says hello to every request.
func serveHTTP(l net.Listener) {
	_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "Hello, world!\n") // a client that is gone needs no answer
	})) // it ends with the process
}
