package main

import (
	"os"
)

// A progress tells the user how far the copy is. Its methods may be called from
// any goroutine.
type progress interface {
	add(bytes int64)  // so many more are done
	file()            // one more file is done
	note(line string) // something to tell at once
	close()
}

func newProgress(o options, p *plan) progress {
	switch {
	case o.silent:
		return silence{}
	case isTerminal(os.Stderr):
		return newBar(os.Stderr, p)
	}
	return newLines(os.Stderr, p, linesEvery)
}

// isTerminal also takes /dev/null for one, where a bar does no harm.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// silence only tells what went wrong.
type silence struct{}

func (silence) add(int64)        {}
func (silence) file()            {}
func (silence) note(line string) { os.Stderr.WriteString(line + "\n") }
func (silence) close()           {}
