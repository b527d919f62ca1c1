package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// start runs a relay between two pipes and returns their other ends.
func start(ctx context.Context, r *relay) (client, target net.Conn, ended <-chan error) {
	client, r.client = net.Pipe()
	target, r.target = net.Pipe()
	done := make(chan error, 1)
	go func() { done <- r.run(ctx) }()
	return client, target, done
}

// pass sends a word in at one end and wants it out of the other.
func pass(t *testing.T, from, to net.Conn) {
	t.Helper()
	go func() { _, _ = io.WriteString(from, "word") }() // what arrives tells
	got := make([]byte, 4)
	if _, err := io.ReadFull(to, got); err != nil || string(got) != "word" {
		t.Errorf("got %q, %v", got, err)
	}
	synctest.Wait()
}

func TestIdleRelayEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		_, _, ended := start(t.Context(), &relay{idle: time.Minute})
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v, want a timeout", err)
		}
		if elapsed := time.Since(begin); elapsed != time.Minute {
			t.Errorf("took %v, want a minute", elapsed)
		}
	})
}

// One direction is silent all the time.
func TestAnyByteKeepsARelayAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &relay{idle: time.Minute}
		client, target, ended := start(t.Context(), r)
		for range 10 {
			time.Sleep(50 * time.Second)
			pass(t, target, client)
		}
		begin := time.Now()
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v, want a timeout", err)
		}
		if elapsed := time.Since(begin); elapsed != time.Minute {
			t.Errorf("ended %v after the last byte, want a minute", elapsed)
		}
		if r.there != 0 || r.back != 40 {
			t.Errorf("counted %d and %d bytes, want 0 and 40", r.there, r.back)
		}
	})
}

func TestRelayWithoutLimitIsPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, target, ended := start(t.Context(), &relay{})
		time.Sleep(24 * time.Hour)
		pass(t, client, target)
		_ = client.Close()
		_ = target.Close()
		if err := <-ended; err != nil {
			t.Errorf("got %v", err)
		}
	})
}

func TestRelayIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cut := context.WithCancel(t.Context())
		client, _, ended := start(ctx, &relay{idle: time.Minute})
		cut()
		if err := <-ended; err == nil {
			t.Error("got no error")
		}
		if _, err := client.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("got %v, want EOF", err)
		}
	})
}
