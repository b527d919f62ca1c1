package recipes

import (
	"bufio"
	"crypto/tls"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestIdleTLS(t *testing.T) {
	l, err := await.ListenStream("tcp", "127.0.0.1:0")
	must(t, err)
	client, err := await.Dial("tcp", l.Addr().String())
	must(t, err)
	raw, err := l.AcceptTCP()
	must(t, err)
	must(t, l.Close())
	config := testutil.TLSConfig(t)
	ended := make(chan error, 1)
	ServeIdleTLS(raw, config, time.Minute, func(r *bufio.Reader, c *tls.Conn) error {
		line, err := r.ReadString('\n')
		if err != nil {
			ended <- err
			return err
		}
		_, err = io.WriteString(c, line)
		return err
	})
	c := tls.Client(client, config)
	answers := bufio.NewReader(c)
	// One at a time, then two of one record, then two records that come together.
	for _, requests := range [][]string{{"one\n"}, {"two\nthree\n"}, {"four\n", "five\n"}, {"six\n"}} {
		var want strings.Builder
		for _, request := range requests {
			_, err := io.WriteString(c, request)
			must(t, err)
			want.WriteString(request)
		}
		got := make([]byte, len(want.String()))
		_, err := io.ReadFull(answers, got)
		must(t, err)
		if string(got) != want.String() {
			t.Errorf("got %q, want %q", got, want.String())
		}
	}
	must(t, c.Close())
	if err := testutil.Receive(t, ended, "the end of the server"); err != io.EOF {
		t.Errorf("the server ended with %v, want io.EOF", err)
	}
	closed := func() bool { _, err := raw.Write([]byte("x")); return err != nil }
	testutil.Eventually(t, time.Minute, closed, "the server has not closed the connection")
}
