package retry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A Client pays at a Server.
type Client struct {
	url  string
	http http.Client

	// NoKey is a bug: a payment that is sent again, because its answer was lost, is made twice.
	NoKey bool
}

// How long a client waits for an answer, and until it asks again: twice as long each time.
const (
	answerMax = 2 * time.Second
	pauseMin  = 50 * time.Millisecond
	pauseMax  = 2 * time.Second
)

// NewClient makes a client of the server on a host.
func NewClient(io *await.IO, host string) *Client {
	return &Client{url: "http://" + host + "/pay", http: http.Client{
		Transport: &http.Transport{DialContext: io.DialContext}, Timeout: answerMax,
	}}
}

// Close lets go of the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Pay pays an amount once, and asks until the server has answered or ctx ends; then the payment may
// have been made or not. No other payment has the key. It returns the balance after the payment.
func (c *Client) Pay(ctx context.Context, key string, amount int) (balance int, err error) {
	return c.until(ctx, http.MethodPost, key, amount)
}

// Balance is the balance.
func (c *Client) Balance(ctx context.Context) (int, error) {
	return c.until(ctx, http.MethodGet, "", 0)
}

func (c *Client) until(ctx context.Context, method, key string, amount int) (balance int, err error) {
	for pause := pauseMin; ; pause = min(2*pause, pauseMax) {
		if balance, err = c.try(ctx, method, key, amount); err == nil {
			return balance, nil
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%s: %w, at last: %w", c.url, context.Cause(ctx), err)
		case <-time.After(pause):
		}
	}
}

func (c *Client) try(ctx context.Context, method, key string, amount int) (balance int, err error) {
	body, err := json.Marshal(amount)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if key != "" && !c.NoKey {
		r.Header.Set(keyHeader, key)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the server answers %s", answer.Status)
	}
	return balance, json.NewDecoder(answer.Body).Decode(&balance)
}
