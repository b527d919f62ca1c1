package recipes

import (
	"bufio"
	"crypto/tls"
	"errors"
	"os"
	"time"

	"github.com/awaitio/awaitio/await"
)

// ServeIdleTLS serves a TLS connection that is mostly idle. It returns at once. While no data arrives,
// it holds no goroutine, and no buffer except what crypto/tls keeps of the last record.
//
// When data arrives, handle reads one request from r and answers it on c. The whole request must
// arrive within patience. An error of handle closes the connection.
func ServeIdleTLS(raw *await.Conn, config *tls.Config, patience time.Duration, handle func(r *bufio.Reader, c *tls.Conn) error) {
	c := tls.Server(raw, config)
	var serve func(error)
	serve = func(err error) {
		r := bufio.NewReader(c)
		for more := true; more && err == nil; {
			if err = c.SetDeadline(time.Now().Add(patience)); err == nil {
				err = handle(r, c)
			}
			if err == nil {
				more, err = ahead(r, c)
			}
		}
		if err == nil {
			err = c.SetDeadline(time.Time{})
		}
		if err != nil {
			_ = c.Close()
			return
		}
		raw.AfterReadable(serve)
	}
	raw.AfterReadable(serve)
}

// ahead reports whether bufio or crypto/tls has read data ahead that r can still return. A read whose
// deadline has passed reads nothing from the socket.
func ahead(r *bufio.Reader, c *tls.Conn) (bool, error) {
	if err := c.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return false, err
	}
	_, err := r.Peek(1)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, nil
	}
	return err == nil, err
}
