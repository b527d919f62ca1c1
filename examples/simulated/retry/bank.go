// Package retry is a client that asks for a payment until it is answered, and a bank that makes it once,
// however often it is asked: each request has a key, and the bank keeps the answer under it. They
// talk HTTP/1.1, HTTP/2 or gRPC, in clear or over TLS.
package retry

import (
	"context"
	"crypto/tls"
	"errors"

	"github.com/awaitio/awaitio/await"
)

// A Wire is how a client and a bank talk.
type Wire struct {
	Protocol Protocol

	// Server and Client are for TLS. With nil they talk in clear.
	Server, Client *tls.Config
}

// A Protocol is what requests and answers are written in.
type Protocol int

// The protocols.
const (
	HTTP1 Protocol = iota
	HTTP2
	GRPC
)

// A Bank makes payments into one account. The zero Bank talks HTTP/1.1 in clear.
type Bank struct {
	Wire Wire

	// Repeated is called for each request that was carried out before, if it is not nil.
	Repeated func()

	// NoCheck is a bug: a payment that is asked for again is made again. With NoSync, which is one too,
	// a power failure may lose payments that were answered, and their keys.
	NoCheck, NoSync bool
}

// Serve answers on port 80 until ctx ends.
func (b Bank) Serve(ctx context.Context, io *await.IO) error {
	l, err := openLedger(io, b)
	if err != nil {
		return err
	}
	listener, err := io.Listen("tcp", ":80")
	if err != nil {
		return errors.Join(err, l.log.Close())
	}
	serve := serveHTTP
	if b.Wire.Protocol == GRPC {
		serve = serveGRPC
	}
	return errors.Join(serve(ctx, listener, b.Wire, l), l.log.Close())
}
