//go:build unix

package simproc

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// A Child is this process, where it is one.
type Child struct {
	Task Task
	Page *Page

	control *os.File
	report  *os.File
	looks   sync.WaitGroup
	mu      sync.Mutex // of report
	reports *json.Encoder
}

// IsChild reports whether this process was started by a Parent.
func IsChild() bool { return os.Getenv(childVariable) != "" }

var attached = sync.OnceValues(attach)

// Attach returns the child that this process is. It must only be called if IsChild.
func Attach() (*Child, error) { return attached() }

func attach() (*Child, error) {
	c := &Child{report: os.NewFile(reportFD, "report")}
	c.reports = json.NewEncoder(c.report)
	for _, fd := range []int{controlFD, reportFD, pageFD} {
		unix.CloseOnExec(fd)
	}
	page, err := mapPage(os.NewFile(pageFD, "page"))
	if err != nil {
		return nil, err
	}
	c.Page = page
	// As a descriptor of the network poller: to wait for a look occupies no processor.
	if err := unix.SetNonblock(controlFD, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	c.control = os.NewFile(controlFD, "control")
	orders := bufio.NewReader(c.control)
	line, err := orders.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &c.Task)
	}
	if err != nil {
		return nil, fmt.Errorf("read the task: %w", err)
	}
	c.looks.Go(func() { c.answerLooks(orders) })
	return c, nil
}

// answerLooks tells the parent what all goroutines do, whenever it asks. It ends the process
// if the parent has ended.
func (c *Child) answerLooks(orders *bufio.Reader) {
	for {
		if _, err := orders.ReadBytes('\n'); err == io.EOF {
			os.Exit(exitOrphan)
		} else if err != nil {
			return
		}
		c.send(message{Stacks: Stacks()})
	}
}

// Stacks is what all goroutines do, as in a panic.
func Stacks() string {
	for size := 1 << 20; ; size *= 2 {
		b := make([]byte, size)
		if n := runtime.Stack(b, true); n < size {
			return string(b[:n])
		}
	}
}

func (c *Child) send(m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.reports.Encode(m) // the parent is gone then, and nobody is left to tell
}

// Prepare makes the process what a seed needs. It is called before the bubble.
func (c *Child) Prepare(t *testing.T) {
	SeedRandom(t, c.Task.Seed)
	if c.Task.BlockMutexes {
		return
	}
	if err := PassMutexes(); err != nil {
		c.send(message{NoTable: err.Error()})
		return
	}
	if !MutexesPass(t) {
		c.send(message{NoMutex: true})
		os.Exit(exitNoMutex)
	}
}

// GiveUp ends the child before its test has ended.
func (c *Child) GiveUp(why string) {
	c.send(message{Report: &Report{Failed: true, GaveUp: why}})
	os.Exit(exitGaveUp)
}

// The status of a child whose bubbles would stall, of one whose parent has gone, and of
// one that gave up.
const (
	exitNoMutex = 3
	exitOrphan  = 4
	exitGaveUp  = 5
)

// Finish tells the parent how the seed ended; a nil report has it read the panic that is
// under way. Nothing of the child is used after it.
func (c *Child) Finish(r *Report) {
	if r != nil {
		c.send(message{Report: r})
	}
	c.control.Close()
	c.looks.Wait()
	c.report.Close()
}
