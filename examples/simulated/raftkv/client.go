package raftkv

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A Client makes requests, one at a time.
type Client struct {
	name   string
	nodes  []string
	at     int // the node that is asked next
	number int // of the last request
	http   http.Client

	// NoKey is a bug: a request that is sent again is another one for the nodes.
	NoKey bool
}

// How long a client waits for one node, for all, and between two.
const (
	answerMax = 2 * time.Second
	callMax   = 10 * time.Second
	pause     = 50 * time.Millisecond
)

// NewClient makes a client with a name that no other has.
func NewClient(io *await.IO, name string, nodes []string) *Client {
	return &Client{name: name, nodes: nodes, http: http.Client{
		Transport: &http.Transport{DialContext: io.DialContext}, Timeout: answerMax,
	}}
}

// Close lets go of the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Call makes a request, of which Client and Number are the client's business, and returns the value
// that was read. It asks one node after the other for up to 10 s. After an error the request may have
// been carried out, or be so later.
func (c *Client) Call(r Request) (value string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), callMax)
	defer cancel()
	c.number++
	if !c.NoKey {
		r.Client, r.Number = c.name, c.number
	}
	body, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	for {
		if value, err = c.ask(ctx, body); err == nil {
			return value, nil
		}
		c.at = (c.at + 1) % len(c.nodes)
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%s: %w, at last: %w", r.Op, context.Cause(ctx), err)
		case <-time.After(pause):
		}
	}
}

func (c *Client) ask(ctx context.Context, body []byte) (value string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.nodes[c.at], bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answers %s", c.nodes[c.at], answer.Status)
	}
	return value, json.NewDecoder(answer.Body).Decode(&value)
}
