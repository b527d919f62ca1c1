package local

import (
	"bytes"
	"errors"
	goio "io"
	"net"
	"sync"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// fanout asks Conns servers at the same time and waits for the last answer, as a
// front end does with its back ends: one such round is an operation.
func fanout(s wire.Spec, io *await.IO) (runner, error) {
	backends, err := dialAll(s, io, s.Addr)
	if err != nil {
		return nil, err
	}
	return timed(1, func(int) error { return askAll(backends) }), nil
}

// dialAll makes Conns connections to addr.
func dialAll(s wire.Spec, io *await.IO, addr string) ([]backend, error) {
	dial := net.Dial
	if io != nil {
		dial = io.Dial
	}
	backends := make([]backend, s.Conns)
	for i := range backends {
		c, err := dial("tcp", addr)
		if err != nil {
			return nil, err
		}
		backends[i] = backend{c, bytes.Repeat([]byte{byte(i)}, s.Size), make([]byte, s.Size)}
	}
	return backends, nil
}

// A backend is a connection with what is asked and answered there.
type backend struct {
	net.Conn
	question, answer []byte
}

func askAll(backends []backend) error {
	errs := make([]error, len(backends))
	var wg sync.WaitGroup
	for i := range backends {
		wg.Go(func() { errs[i] = backends[i].ask() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (b *backend) ask() error {
	if _, err := b.Write(b.question); err != nil {
		return err
	}
	if _, err := goio.ReadFull(b.Conn, b.answer); err != nil {
		return err
	}
	if !bytes.Equal(b.answer, b.question) {
		return errors.New("the server answered something else than it was sent")
	}
	return nil
}
