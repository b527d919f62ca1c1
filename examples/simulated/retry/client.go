package retry

import (
	"context"
	"fmt"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A Client pays at a Bank. Several goroutines may use it at once.
type Client struct {
	caller caller
	host   string

	// NoKey and NewKeys are bugs: a payment that is asked for again, because the answer was lost, is
	// made twice. With NewKeys each attempt has a key of its own.
	NoKey, NewKeys bool
}

// A caller asks a bank once.
type caller interface {
	pay(ctx context.Context, key string, p Payment) (balance int, err error)
	close()
}

// How long a client waits for an answer, and until it asks again: twice as long each time.
const (
	answerMax = 2 * time.Second
	pauseMin  = 50 * time.Millisecond
	pauseMax  = 2 * time.Second
)

// NewClient makes a client of the bank on a host. The caller closes it.
func NewClient(io *await.IO, host string, w Wire) (*Client, error) {
	c := &Client{host: host}
	if w.Protocol != GRPC {
		c.caller = newHTTPCaller(io, host, w)
		return c, nil
	}
	var err error
	c.caller, err = newGRPCCaller(io, host, w)
	return c, err
}

// Close lets go of the connections.
func (c *Client) Close() { c.caller.close() }

// Pay makes a payment once, and asks until the bank has answered or ctx ends; then the payment may
// have been made or not. No other payment has its Order. It returns the balance after the payment, and
// how often it has asked.
func (c *Client) Pay(ctx context.Context, p Payment) (balance, attempts int, err error) {
	for pause := pauseMin; ; pause = min(2*pause, pauseMax) {
		attempts++
		if balance, err = c.try(ctx, c.key(p, attempts), p); err == nil {
			return balance, attempts, nil
		}
		select {
		case <-ctx.Done():
			return 0, attempts, fmt.Errorf("pay at %s: %w, at last: %w", c.host, context.Cause(ctx), err)
		case <-time.After(pause):
		}
	}
}

func (c *Client) key(p Payment, attempt int) string {
	switch {
	case c.NoKey:
		return ""
	case c.NewKeys:
		return fmt.Sprintf("%s, attempt %d", p.Order, attempt)
	}
	return p.Order
}

func (c *Client) try(ctx context.Context, key string, p Payment) (balance int, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerMax)
	defer cancel()
	return c.caller.pay(ctx, key, p)
}
