package recipes

import (
	"bufio"
	"context"

	"github.com/awaitio/awaitio/await"
)

// Lines reads a terminal, a pipe or a file line by line, each with a context of its own:
//
//	in, err := await.AdoptFile(os.Stdin)
//	lines := NewLines(in)
//	line, err := lines.Next(ctx) // until ctx ends
//
// A line that was half typed when ctx ended is there for the next call.
type Lines struct {
	in   *await.File
	ctx  context.Context // of the call of Next that is under way
	buf  *bufio.Reader
	half string
}

// NewLines returns the lines of in. Its methods are for one goroutine.
func NewLines(in *await.File) *Lines {
	l := &Lines{in: in}
	l.buf = bufio.NewReader(l)
	return l
}

// Read is for the buffer.
func (l *Lines) Read(p []byte) (int, error) { return l.in.ReadContext(l.ctx, p) }

// Next returns a line with its end. A last line without one comes with io.EOF.
func (l *Lines) Next(ctx context.Context) (string, error) {
	l.ctx = ctx
	line, err := l.buf.ReadString('\n')
	l.half += line
	if err != nil && ctx.Err() != nil {
		return "", err
	}
	line, l.half = l.half, ""
	return line, err
}
