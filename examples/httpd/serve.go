package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"time"
)

// server is what serves files.
func (h *httpd) server(files fs.FS) (*http.Server, error) {
	server := &http.Server{
		Handler: logged(h.access, http.FileServerFS(files)),
		// A client that says nothing must not keep a connection. There is no limit to
		// the answer as a whole: it may be a large file. See recorder.Write.
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.Default(),
	}
	if h.cert == "" {
		return server, nil
	}
	pair, err := tls.LoadX509KeyPair(h.cert, h.key)
	if err != nil {
		return nil, fmt.Errorf("-tls-cert and -tls-key: %w", err)
	}
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
	return server, nil
}

// serve has server serve l until ctx ends, and returns when no request is left.
func (h *httpd) serve(ctx context.Context, server *http.Server, l net.Listener) error {
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { ended <- h.shutDown(server) })
	serve := server.Serve
	if server.TLSConfig != nil {
		serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	}
	err := serve(l)
	if stop() { // it has failed, and nobody asked it to end
		_ = server.Close()
		return err
	}
	return <-ended
}

// shutDown lets requests finish, and cuts those that do not.
func (h *httpd) shutDown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), h.grace)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Printf("cut what was under way after %v", h.grace)
		return server.Close()
	}
	return err
}
