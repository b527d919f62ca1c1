package retry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/awaitio/awaitio/await"
)

// keyHeader names a request.
const keyHeader = "Idempotency-Key"

// protocols are what a server or transport speaks: one protocol, so that nothing else is tried.
func (w Wire) protocols() *http.Protocols {
	p := new(http.Protocols)
	switch {
	case w.Protocol == HTTP1:
		p.SetHTTP1(true)
	case w.Client == nil:
		p.SetUnencryptedHTTP2(true)
	default:
		p.SetHTTP2(true)
	}
	return p
}

// serveHTTP answers POST /pay, whose body is a Payment, with the balance after it.
func serveHTTP(ctx context.Context, listener net.Listener, w Wire, l *ledger) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /pay", l.answer)
	s := &http.Server{Handler: mux, Protocols: w.protocols(), TLSConfig: w.Server.Clone()}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	if w.Server != nil {
		return s.ServeTLS(listener, "", "")
	}
	return s.Serve(listener)
}

func (l *ledger) answer(w http.ResponseWriter, r *http.Request) {
	var p Payment
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	balance, err := l.pay(r.Header.Get(keyHeader), p)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	_ = json.NewEncoder(w).Encode(balance) // a client that has gone asks again
}

// An httpCaller asks a bank by HTTP.
type httpCaller struct {
	url       string
	transport *http.Transport
}

// pingAfter is how long an HTTP/2 connection may be silent before it is asked whether it is there. A
// connection that a partition has cut off is given up so.
const pingAfter = 5 * time.Second

func newHTTPCaller(io *await.IO, host string, w Wire) *httpCaller {
	scheme := "http"
	if w.Client != nil {
		scheme = "https"
	}
	return &httpCaller{url: scheme + "://" + net.JoinHostPort(host, "80") + "/pay", transport: &http.Transport{
		DialContext: io.DialContext, Protocols: w.protocols(), TLSClientConfig: w.Client.Clone(),
		HTTP2: &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: answerMax},
	}}
}

func (c *httpCaller) pay(ctx context.Context, key string, p Payment) (balance int, err error) {
	body, err := json.Marshal(p)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set(keyHeader, key)
	answer, err := c.transport.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the bank answers %s", answer.Status)
	}
	return balance, json.NewDecoder(answer.Body).Decode(&balance)
}

func (c *httpCaller) close() { c.transport.CloseIdleConnections() }
