package shop

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A Client orders at a shop.
type Client struct {
	url  string
	http http.Client

	// NoKey sends orders without an Idempotency-Key: one that is sent again counts twice.
	NoKey bool
}

// How long a client waits for an answer, and until it asks again.
const (
	answerMax = 2 * time.Second
	pause     = 100 * time.Millisecond
)

// NewClient makes a client of the shop at a host.
func NewClient(io *await.IO, host string) *Client {
	return &Client{url: "http://" + host, http: http.Client{
		Transport: &http.Transport{DialContext: io.DialContext},
		Timeout:   answerMax,
	}}
}

// Close lets go of the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Order orders an item once, and asks until the shop has taken the order or ctx ends. key is
// one that no other order has.
func (c *Client) Order(ctx context.Context, item, key string) error {
	for {
		err := c.try(ctx, item, key)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("order %s: %w, at last: %w", item, context.Cause(ctx), err)
		case <-time.After(pause):
		}
	}
}

func (c *Client) try(ctx context.Context, item, key string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/items/"+item, nil)
	if err != nil {
		return err
	}
	if !c.NoKey {
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	if err := drain(answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the shop answers %s", answer.Status)
	}
	return nil
}
