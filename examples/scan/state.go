package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
)

// A state is what is known of a port.
type state int

const (
	notTried state = iota
	open
	filtered
	closed
)

// order is that of the report.
var order = []state{open, filtered, closed, notTried}

func (s state) String() string {
	return [...]string{notTried: "not tried", open: "open", filtered: "filtered", closed: "closed"}[s]
}

// classify returns the state that a dial has found, or its error where that says
// nothing about the port.
func classify(ctx context.Context, err error) (state, error) {
	switch {
	case err == nil:
		return open, nil
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		return closed, nil
	case ctx.Err() != nil:
		return notTried, nil
	case timedOut(err), isProhibition(err):
		return filtered, nil
	}
	return notTried, err
}

func timedOut(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// isProhibition reports whether a router or a firewall refused to carry the
// connection.
func isProhibition(err error) bool {
	return errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.EPERM) ||
		errors.Is(err, syscall.EACCES)
}

func isExhaustion(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// report is what the user reads: a line for each state that was found.
func report(found map[state][]uint16) string {
	var b strings.Builder
	for _, s := range order {
		if ports := found[s]; len(ports) > 0 {
			fmt.Fprintf(&b, "%-9v %s\n", s, formatPorts(ports))
		}
	}
	return b.String()
}
