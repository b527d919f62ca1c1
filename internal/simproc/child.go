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

// A profile of the heap takes samples by chance, as much memory is used. A child is to draw
// on its chance for nothing but its program.
func init() {
	if IsChild() {
		runtime.MemProfileRate = 0
	}
}

// IsChild reports whether this process was started by a Parent.
func IsChild() bool { return os.Getenv(childVariable) != "" }

// taskMax bounds a Task.
const taskMax = 1 << 30

var attached = sync.OnceValues(attach)

// Attach returns the child that this process is. It must only be called if IsChild.
func Attach() (*Child, error) { return attached() }

func attach() (*Child, error) {
	c := &Child{report: os.NewFile(reportFD, "report")}
	c.reports = json.NewEncoder(c.report)
	for _, fd := range []int{controlFD, reportFD, pageFD} {
		unix.CloseOnExec(fd)
	}
	shared := os.NewFile(pageFD, "page")
	defer shared.Close()
	task, err := io.ReadAll(io.NewSectionReader(shared, pageSize, taskMax))
	if err == nil {
		err = json.Unmarshal(task, &c.Task)
	}
	if err != nil {
		return nil, fmt.Errorf("read the task: %w", err)
	}
	if c.Page, err = mapPage(shared); err != nil {
		return nil, err
	}
	c.Task.Keep = c.Page.keep[:c.Page.KeepCount.Load()]
	// As a descriptor of the network poller: to wait for a look occupies no processor.
	if err := unix.SetNonblock(controlFD, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	c.control = os.NewFile(controlFD, "control")
	c.looks.Go(func() { c.answerLooks(bufio.NewReader(c.control)) })
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
	collectAsEver()
	SeedRandom(t, c.Task.Seed)
	if !c.Task.BlockMutexes {
		c.passMutexes(t)
	}
	c.compare()
}

func (c *Child) passMutexes(t *testing.T) {
	if err := PassMutexes(); err != nil {
		c.send(message{NoTable: err.Error()})
		return
	}
	if !MutexesPass(t) {
		c.send(message{NoMutex: true})
		os.Exit(exitNoMutex)
	}
}

// compare tells the parent the chance that the seed begins with, and ends the child if it was
// to be another.
func (c *Child) compare() {
	chance := fingerprint()
	if c.Task.Chance != 0 && c.Task.Chance != chance {
		c.send(message{Another: true})
		os.Exit(exitAnother)
	}
	c.send(message{Chance: chance})
}

// GiveUp ends the child before its test has ended.
func (c *Child) GiveUp(why string) {
	c.send(message{Report: &Report{Failed: true, GaveUp: why}})
	os.Exit(exitGaveUp)
}

// The status of a child whose bubbles would stall, of one whose parent has gone, of one
// that gave up, and of one that has not the chance it was to have.
const (
	exitNoMutex = 3
	exitOrphan  = 4
	exitGaveUp  = 5
	exitAnother = 6
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
