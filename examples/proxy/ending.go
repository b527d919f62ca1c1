package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// ending is how the log tells the end of a connection.
func (p *proxy) ending(ctx context.Context, err error) string {
	switch {
	case err == nil:
		return "closed"
	case ctx.Err() != nil:
		return "cut, as the proxy stops"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Sprintf("idle for %v", p.idle)
	}
	return err.Error()
}
