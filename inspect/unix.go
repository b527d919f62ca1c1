package inspect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/awaitio/awaitio/await"
)

// ServeUnix serves the page of ios, as Handler does, on the unix socket at path, until ctx ends.
// The socket's mode is 0600: only the program's user and root may connect. If there is a socket
// at path on which nobody listens, ServeUnix replaces it. The error is that of listening, or nil.
//
//	curl --unix-socket /run/app/awaitio.sock http://localhost/
func ServeUnix(ctx context.Context, path string, ios ...*await.IO) error {
	l, err := listenUnix(path)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: Handler(ios...), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// listenUnix listens at path. The socket gets its mode before its name, so that nobody else
// connects in between.
func listenUnix(path string) (net.Listener, error) {
	if c, err := net.Dial("unix", path); err == nil {
		_ = c.Close()
		return nil, fmt.Errorf("inspect: listen on %s: another program already listens there", path)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == os.ModeSocket {
		_ = os.Remove(path) // if it cannot be, the rename says so
	} else if err == nil {
		return nil, fmt.Errorf("inspect: listen on %s: a file that is not a socket is there: remove it", path)
	}
	early := fmt.Sprintf("%s.%d", path, os.Getpid())
	l, err := net.Listen("unix", early)
	if err != nil {
		return nil, err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(early, 0o600), os.Rename(early, path)); err != nil {
		return nil, errors.Join(err, l.Close(), os.Remove(early))
	}
	return &unixListener{l, path}, nil
}

// A unixListener removes its socket when it is closed.
type unixListener struct {
	net.Listener
	path string
}

func (l *unixListener) Close() error {
	_ = os.Remove(l.path)
	return l.Listener.Close()
}
