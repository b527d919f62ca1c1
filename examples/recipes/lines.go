package recipes

import (
	"bufio"
	"context"

	"github.com/awaitio/awaitio/await"
)

// Lines reads a terminal, a pipe or a file line by line. Each call has a context of its own:
//
//	in, err := await.AdoptFile(os.Stdin)
//	lines := NewLines(in)
//	line, err := lines.Next(ctx) // until ctx ends
//
// If ctx ends in the middle of a line, the next call returns the whole line.
type Lines struct {
	in   *await.File
	ctx  context.Context // of the call of Next that is under way
	buf  *bufio.Reader
	half string
}

// NewLines returns a reader of in's lines. One goroutine at a time may use it.
func NewLines(in *await.File) *Lines {
	l := &Lines{in: in}
	l.buf = bufio.NewReader(l)
	return l
}

// Read is for the bufio.Reader in Lines: do not call it.
func (l *Lines) Read(p []byte) (int, error) { return l.in.ReadContext(l.ctx, p) }

// Next returns a line including its newline. A last line without a newline comes with io.EOF.
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
