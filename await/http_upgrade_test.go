//go:build unix

package await

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"testing"
)

// As much of RFC 6455 as it takes to echo messages.

const (
	opBinary = 2
	opClose  = 8
)

// acceptKey proves to the client that the server understood it.
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// appendFrame appends a frame of one message to b. Clients mask theirs.
func appendFrame(b []byte, op byte, payload []byte, masked bool) []byte {
	b = append(b, 0x80|op)
	bit := byte(0)
	if masked {
		bit = 0x80
	}
	if len(payload) < 126 {
		b = append(b, bit|byte(len(payload)))
	} else {
		b = append(b, bit|127)
		b = binary.BigEndian.AppendUint64(b, uint64(len(payload)))
	}
	if !masked {
		return append(b, payload...)
	}
	mask := [4]byte{1, 2, 3, 4}
	b = append(b, mask[:]...)
	for i, x := range payload {
		b = append(b, x^mask[i%4])
	}
	return b
}

// readFrame reads a frame that appendFrame has made.
func readFrame(r io.Reader) (op byte, payload []byte, err error) {
	var head [2]byte
	if _, err = io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := uint64(head[1] & 0x7f)
	if n == 127 {
		var long [8]byte
		_, err = io.ReadFull(r, long[:])
		n = binary.BigEndian.Uint64(long[:])
	}
	var mask [4]byte
	if err == nil && head[1]&0x80 != 0 {
		_, err = io.ReadFull(r, mask[:])
	}
	if err != nil || n > 1<<24 {
		return 0, nil, fmt.Errorf("frame of %d bytes: %w", n, err)
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(r, payload)
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head[0] & 0xf, payload, err
}

// An upgrader takes its connections from the server and echoes what comes.
type upgrader chan error

func (u upgrader) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		u <- err
		return
	}
	defer c.Close()
	fmt.Fprintf(buffered, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\n\r\n", acceptKey(r.Header.Get("Sec-WebSocket-Key")))
	u <- errors.Join(buffered.Flush(), echoFrames(c, buffered.Reader))
}

// echoFrames echoes until the closing frame. r has what the server had read already.
func echoFrames(c net.Conn, r io.Reader) error {
	for {
		op, payload, err := readFrame(r)
		if err != nil {
			return err
		}
		if _, err := c.Write(appendFrame(nil, op, payload, false)); err != nil || op == opClose {
			return err
		}
	}
}

const (
	wsKey     = "dGhlIHNhbXBsZSBub25jZQ==" // the RFC's, and so is the answer
	wsAnswer  = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
	wsRequest = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + wsKey + "\r\n\r\n"
)

// converse echoes frames of several sizes, and the closing one.
func converse(t *testing.T, w io.Writer, r io.Reader) {
	t.Helper()
	for i, n := range []int{0, 1, 125, 126, 4096, 70_000, 300_000} {
		message := noise(uint64(i), n)
		_, err := w.Write(appendFrame(nil, opBinary, message, true))
		must(t, err)
		wantFrame(t, r, opBinary, message)
	}
	_, err := w.Write(appendFrame(nil, opClose, nil, true))
	must(t, err)
	wantFrame(t, r, opClose, nil)
	if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("after the closing frame: %d bytes, %v", n, err)
	}
}

func wantFrame(t *testing.T, r io.Reader, op byte, want []byte) {
	t.Helper()
	got, payload, err := readFrame(r)
	must(t, err)
	if got != op || !bytes.Equal(payload, want) {
		t.Fatalf("got a frame %d of %d bytes, want %d of %d", got, len(payload), op, len(want))
	}
}

func TestHTTPHijackedConnection(t *testing.T) {
	u := make(upgrader, 1)
	eachSite(t, http1, u, nil, func(t *testing.T, s *site) {
		t.Run("frames with the request", func(t *testing.T) {
			c := s.connect(t)
			early := noise(7, 2000)
			_, err := c.Write(appendFrame([]byte(wsRequest), opBinary, early, true))
			must(t, err)
			r := bufio.NewReader(c)
			resp, err := http.ReadResponse(r, nil)
			must(t, err)
			wantSwitched(t, resp)
			wantFrame(t, r, opBinary, early)
			converse(t, c, r)
			must(t, receive(t, u, "end of the handler"))
		})
		t.Run("frames after the answer", func(t *testing.T) {
			upgradeByTransport(t, s)
			must(t, receive(t, u, "end of the handler"))
		})
	})
}

func wantSwitched(t *testing.T, resp *http.Response) {
	t.Helper()
	if got := resp.Header.Get("Sec-WebSocket-Accept"); resp.StatusCode != http.StatusSwitchingProtocols || got != wsAnswer {
		t.Fatalf("got %s with key %q", resp.Status, got)
	}
}

// upgradeByTransport has the conversation over a connection of net/http's client.
func upgradeByTransport(t *testing.T, s *site) {
	t.Helper()
	r := s.request(t, background, "GET", "/ws", nil)
	r.Header.Set("Upgrade", "websocket")
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Sec-WebSocket-Version", "13")
	r.Header.Set("Sec-WebSocket-Key", wsKey)
	resp, err := s.client.Do(r)
	must(t, err)
	defer resp.Body.Close()
	wantSwitched(t, resp)
	both, ok := resp.Body.(io.ReadWriter)
	if !ok {
		t.Fatalf("the body is a %T", resp.Body)
	}
	converse(t, both, both)
}

// A server of ours, and another before it.
func TestHTTPReverseProxy(t *testing.T) {
	theDefault(t)
	for _, kind := range http1 {
		t.Run(kind, func(t *testing.T) {
			u, h := make(upgrader, 1), newStaying()
			mux := http.NewServeMux()
			mux.Handle("/ws", u)
			mux.Handle("/stay", h)
			mux.HandleFunc("/echo", echoBody)
			behind := serve(t, kind, mux, nil)
			front := serve(t, plain, proxyTo(t, behind), nil)

			for i := range 5 {
				want := noise(uint64(i), 1+i*150_000)
				_, got := front.do(t, front.request(t, background, "POST", "/echo", unsized{bytes.NewReader(want)}), http.StatusOK)
				if !bytes.Equal(got, want) {
					t.Errorf("a body of %d bytes has arrived damaged", len(want))
				}
			}
			upgradeByTransport(t, front)
			must(t, receive(t, u, "end of the handler"))
			wantCancelPassesOn(t, front, h)
		})
	}
}

func proxyTo(t *testing.T, s *site) http.Handler {
	t.Helper()
	target, err := url.Parse(s.url)
	must(t, err)
	return &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: s.transport,
		ErrorLog:  s.server.ErrorLog,
	}
}
