package kv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A Client reads and writes the register. One goroutine uses it at a time.
type Client struct {
	name     string
	replicas []string
	http     http.Client

	// NoWriteBack returns what a majority of replicas told without seeing to it that a majority
	// has it: a later read may find an older value.
	NoWriteBack bool
}

// callMax is how long a client waits for a majority.
const callMax = 2 * time.Second

// NewClient makes a client with a name that no other has.
func NewClient(io *await.IO, name string, replicas []string) *Client {
	transport := &http.Transport{DialContext: io.DialContext, DisableKeepAlives: true}
	return &Client{name: name, replicas: replicas, http: http.Client{Transport: transport}}
}

// A Request is a read, or a write of a value.
type Request struct {
	Write bool
	Value string
}

var errMinority = errors.New("no majority has answered")

// Call carries out a request, and returns the value that was read. After an error a write may
// have happened, or happen later.
func (c *Client) Call(r Request) (value string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), callMax)
	defer cancel()
	v, err := c.newest(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case r.Write:
		v = Version{Number: v.Number + 1, Writer: c.name, Value: r.Value}
	case c.NoWriteBack:
		return v.Value, nil
	}
	_, err = c.ask(ctx, http.MethodPut, v)
	return v.Value, err
}

// newest is the newest version that a majority knows.
func (c *Client) newest(ctx context.Context) (v Version, err error) {
	answers, err := c.ask(ctx, http.MethodGet, Version{})
	for _, a := range answers {
		if a.newer(v) {
			v = a
		}
	}
	return v, err
}

// ask asks all replicas, and returns when a majority has answered.
func (c *Client) ask(ctx context.Context, method string, v Version) (answers []Version, err error) {
	type answer struct {
		Version
		error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	all := make(chan answer, len(c.replicas))
	for _, host := range c.replicas {
		go func() {
			v, err := c.one(ctx, method, host, v)
			all <- answer{v, err}
		}()
	}
	errs := errMinority
	for range c.replicas {
		a := <-all
		if a.error != nil {
			errs = errors.Join(errs, a.error)
			continue
		}
		if answers = append(answers, a.Version); len(answers) > len(c.replicas)/2 {
			return answers, nil
		}
	}
	return nil, errs
}

func (c *Client) one(ctx context.Context, method, host string, v Version) (known Version, err error) {
	body, err := json.Marshal(v)
	if err != nil {
		return known, err
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+host+"/", bytes.NewReader(body))
	if err != nil {
		return known, err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return known, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return known, fmt.Errorf("%s answers %s", host, answer.Status)
	}
	return known, json.NewDecoder(answer.Body).Decode(&known)
}
