//go:build unix

package simproc

import (
	"bytes"
	"os"
	"slices"
	"sync"
)

// Sizes of a Page's parts. What nobody writes to takes no memory.
const (
	countersSize = 4096
	faultsSize   = 1 << 20 // of a list of faults
	journalSize  = 1 << 20
	pageSize     = countersSize + 2*faultsSize + journalSize

	faultsMax = faultsSize / 8
)

// A Page is memory that parent and child share: the child writes it, and whatever ends the
// child, the parent can read it.
type Page struct {
	*counters
	mem     []byte
	mu      sync.Mutex // of the writer
	faults  []uint64
	keep    []uint64
	journal []byte
}

// newPage makes the file of a page, which has no name any more. Behind the page is the task:
// to read it a child waits for nobody, which would show in its schedule.
func newPage(task []byte) (*os.File, error) {
	f, err := os.CreateTemp("", "awaitio-sim-")
	if err != nil {
		return nil, err
	}
	if err = os.Remove(f.Name()); err == nil {
		_, err = f.WriteAt(task, pageSize)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// AddFault appends the number of a fault that happened.
func (p *Page) AddFault(id uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := p.FaultCount.Add(1); n <= uint64(len(p.faults)) {
		p.faults[n-1] = id
	}
}

// Faults are the numbers so far, in order, and how many more there was no room for.
func (p *Page) Faults() (ids []uint64, lost uint64) {
	n := p.FaultCount.Load()
	kept := min(n, uint64(len(p.faults)))
	return slices.Clone(p.faults[:kept]), n - kept
}

// setKeep notes which faults alone a task lets happen, in order.
func (p *Page) setKeep(ids []uint64) {
	p.KeepCount.Store(uint64(copy(p.keep, ids)))
	slices.Sort(p.keep[:p.KeepCount.Load()])
}

// AddLine appends a line to the journal, which keeps the last ones. It must have no newline.
func (p *Page) AddLine(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	line = line[:min(len(line), journalSize/4)] + "\n"
	at := p.JournalBytes.Load()
	from := at % journalSize
	n := copy(p.journal[from:], line)
	copy(p.journal, line[n:])
	p.JournalBytes.Store(at + uint64(len(line)))
	p.JournalHash.Store(hashLine(p.JournalHash.Load(), line))
}

// hashLine continues hash with a line: FNV-1a.
func hashLine(hash uint64, line string) uint64 {
	if hash == 0 {
		hash = 14695981039346656037
	}
	for i := range len(line) {
		hash = (hash ^ uint64(line[i])) * 1099511628211
	}
	return hash
}

// Journal are the last lines, in order: those that there is room for.
func (p *Page) Journal() []string {
	end := p.JournalBytes.Load()
	if end <= journalSize {
		return lines(p.journal[:end])
	}
	from := end % journalSize
	all := lines(append(bytes.Clone(p.journal[from:]), p.journal[:from]...))
	return all[1:] // the first has lost its beginning
}

func lines(text []byte) (all []string) {
	for line := range bytes.Lines(text) {
		all = append(all, string(bytes.TrimSuffix(line, []byte("\n"))))
	}
	return all
}
