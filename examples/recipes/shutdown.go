package recipes

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// ServeUntil serves l until ctx ends. Then requests under way have the time grace to finish, and the
// connections of those that have not are closed:
//
//	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
//	defer stop()
//	l, err := await.Listen("tcp", ":8080")
//	err = ServeUntil(ctx, l, handler, 10*time.Second)
//
// The error is context.DeadlineExceeded if some have not finished.
func ServeUntil(ctx context.Context, l net.Listener, handler http.Handler, grace time.Duration) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended: // the listener failed
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.Shutdown(ctx)
	if err != nil {
		_ = server.Close() // err says more
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
