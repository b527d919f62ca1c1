package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// linesEvery is how often a line tells of the progress.
const linesEvery = 5 * time.Second

// lines are the progress for files and pipes: one now and then.
type lines struct {
	files, bytes atomic.Int64
	of           *plan
	mu           sync.Mutex
	w            io.Writer
	stop, ended  chan struct{}
}

func newLines(w io.Writer, p *plan, every time.Duration) *lines {
	l := &lines{of: p, w: w, stop: make(chan struct{}), ended: make(chan struct{})}
	go l.run(every)
	return l
}

func (l *lines) run(every time.Duration) {
	defer close(l.ended)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.note(fmt.Sprintf("%d of %d files, %s of %s", l.files.Load(), len(l.of.files),
				formatBytes(l.bytes.Load()), formatBytes(l.of.bytes)))
		case <-l.stop:
			return
		}
	}
}

func (l *lines) add(bytes int64) { l.bytes.Add(bytes) }
func (l *lines) file()           { l.files.Add(1) }

func (l *lines) note(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.w, line)
}

func (l *lines) close() {
	close(l.stop)
	<-l.ended
}
