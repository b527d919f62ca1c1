//go:build unix

package simproc

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

// A Parent starts children.
type Parent struct {
	// Pattern is the child's -test.run, that leads to the test which runs the seeds.
	Pattern string

	// Binary is what children run. Default the one that runs already.
	Binary string

	// ComputeMax is how long the test itself may compute without letting simulated time
	// go on. Default a minute.
	ComputeMax time.Duration
}

// An Outcome is how a child ended.
type Outcome struct {
	Task     Task
	Report   *Report // nil if the child did not get there
	Output   string  // what it wrote on its standard output and error
	Err      error   // of the process; nil for status 0
	Stall    string  // why it was ended, if it was
	Unseeded error   // why the runtime's chance is not seeded, if it should
	NoTable  string  // why the child could not pass over mutexes, if it should
	NoMutex  bool    // the self test failed
	Chance   uint64  // tells apart the states that the chance of the runtime can be in when a seed begins

	Events  uint64
	Travels uint64        // packets whose latency chance decided
	Now     time.Duration // the simulated time that the test took, or has reached
	Faults  []uint64      // those that happened, in order
	Lost    uint64        // and how many more
	Journal []string      // the last lines
	Hash    uint64        // of all lines
	Wall    time.Duration

	another bool // it did not have the chance that the task asked for
}

// Failed reports whether the seed failed.
func (o *Outcome) Failed() bool { return o.Report == nil || o.Report.Failed }

// startsMax is how often a child is started that is to have the chance of another.
const startsMax = 10

// Run runs a task in a child until it ends, it hangs, or ctx ends. The error is that of
// starting it, or of ctx.
//
// Before the seed begins the runtime has drawn on its chance, more often or less as its
// threads started: there are a few states that this may be in. Task.Chance asks for one of
// them.
func (p *Parent) Run(ctx context.Context, task Task) (*Outcome, error) {
	for range startsMax - 1 {
		if o, err := p.once(ctx, task); err != nil || !o.another {
			return o, err
		}
	}
	task.Chance = 0
	return p.once(ctx, task)
}

func (p *Parent) once(ctx context.Context, task Task) (*Outcome, error) {
	c, err := p.start(task)
	if err != nil {
		return nil, err
	}
	defer c.page.unmap()
	c.watch(ctx)
	o := c.outcome()
	if ctx.Err() != nil && o.Report == nil {
		return nil, context.Cause(ctx)
	}
	return o, nil
}

// A process is a child as its parent sees it.
type process struct {
	task    Task
	max     time.Duration // Parent.ComputeMax
	cmd     *exec.Cmd
	page    *Page
	control *os.File
	output  bytes.Buffer
	began   time.Time

	messages chan message  // closed when the child has closed its pipe
	started  chan error    // of the start
	unseeded error         // why the runtime's chance is not seeded
	ended    chan struct{} // closed when err is there
	err      error

	report  *Report
	noTable string
	noMutex bool
	chance  uint64
	another bool
	stall   string
	dumped  bool // the stacks of all are in output
}

func (p *Parent) start(task Task) (*process, error) {
	order, err := json.Marshal(task)
	if err != nil {
		return nil, err
	}
	file, err := newPage(order)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	page, err := mapPage(file)
	if err != nil {
		return nil, err
	}
	page.setKeep(task.Keep)
	controlRead, control, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, page.unmap())
	}
	reports, reportWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, page.unmap(), controlRead.Close(), control.Close())
	}
	c := &process{task: task, max: p.ComputeMax, page: page, control: control, began: time.Now()}
	c.cmd = p.command(&c.output, []*os.File{controlRead, reportWrite, file})
	c.started, c.ended = make(chan error), make(chan struct{})
	go c.wait()
	err = <-c.started
	controlRead.Close()
	reportWrite.Close()
	if err != nil {
		return nil, errors.Join(err, page.unmap(), control.Close(), reports.Close())
	}
	c.listen(reports)
	return c, nil
}

// listen starts to read what the child says.
func (c *process) listen(reports *os.File) {
	c.messages = make(chan message)
	go func() {
		defer close(c.messages)
		defer reports.Close()
		for d := json.NewDecoder(bufio.NewReader(reports)); ; {
			var m message
			if d.Decode(&m) != nil {
				return
			}
			c.messages <- m
		}
	}()
}

// wait starts the process and waits for its end on a thread of its own: with that thread the
// child would end, and so it does with the parent (PR_SET_PDEATHSIG(2const)).
func (c *process) wait() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := c.cmd.Start()
	if err == nil {
		c.unseeded = seedStart(c.cmd.Process.Pid, c.task.Seed)
	}
	c.started <- err
	if err == nil {
		c.err = c.cmd.Wait()
		close(c.ended)
	}
}

func (p *Parent) command(output *bytes.Buffer, files []*os.File) *exec.Cmd {
	binary := p.Binary
	if binary == "" {
		binary = os.Args[0]
	}
	cmd := exec.Command(binary, childFlags(os.Args[1:], p.Pattern)...)
	cmd.Env = childEnv(os.Environ())
	cmd.ExtraFiles = files
	cmd.SysProcAttr = childAttributes
	w := &limitedWriter{to: output}
	cmd.Stdout, cmd.Stderr = w, w
	cmd.WaitDelay = time.Second // a process that the child has started may keep its output open
	return cmd
}

// childFlags are a child's arguments: what is not for package testing stays.
func childFlags(args []string, pattern string) []string {
	flags := []string{"-test.run=" + pattern, "-test.timeout=0"}
	for i := 0; i < len(args); i++ {
		name := "-" + strings.TrimLeft(args[i], "-")
		switch {
		case name == "-test.short" || name == "-test.short=true":
			flags = append(flags, args[i])
		case strings.HasPrefix(name, "-test."):
			if !strings.Contains(name, "=") && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				i++
			}
		default:
			flags = append(flags, args[i])
		}
	}
	return flags
}

// childEnv adds what makes schedules repeat themselves as far as Go lets them.
func childEnv(env []string) []string {
	debug := "asyncpreemptoff=1,randseednop=0,tracebacklabels=1"
	var race strings.Builder
	race.WriteString("atexit_sleep_ms=0")
	for _, v := range env {
		if rest, ok := strings.CutPrefix(v, "GODEBUG="); ok && rest != "" {
			debug = rest + "," + debug
		}
		if rest, ok := strings.CutPrefix(v, "GORACE="); ok && rest != "" {
			race.WriteString(" " + rest)
		}
	}
	return append(append(env[:len(env):len(env)], memoryEnv()...),
		"GOMAXPROCS=1", "GODEBUG="+debug, "GORACE="+race.String(), "GOTRACEBACK=all", childVariable+"=1")
}

// outputMax is how much of a child's output is kept.
const outputMax = 1 << 20

// limitedWriter keeps the first outputMax bytes.
type limitedWriter struct {
	mu sync.Mutex
	to *bytes.Buffer
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.to.Write(p[:min(len(p), max(0, outputMax-w.to.Len()))])
	return len(p), nil
}

func (c *process) outcome() *Outcome {
	faults, lost := c.page.Faults()
	if c.dumped {
		all := ParseStacks(c.output.String())
		if kind, who := Judge(all); kind == Spin {
			c.stall += "\n" + Explain(kind, who, all)
		}
	}
	now := c.page.Ended.Load()
	if now == 0 {
		now = c.page.Now.Load()
	}
	return &Outcome{
		Task: c.task, Report: c.report, Output: c.output.String(), Err: c.err,
		Stall: c.stall, Unseeded: c.unseeded, NoTable: c.noTable, NoMutex: c.noMutex,
		Chance: c.chance, another: c.another,
		Events: c.page.Events.Load(), Travels: c.page.Travels.Load(), Now: time.Duration(now),
		Faults: faults, Lost: lost, Journal: c.page.Journal(), Hash: c.page.JournalHash.Load(),
		Wall: time.Since(c.began),
	}
}

// quit has the child's runtime write the stacks of all goroutines, and ends it. A child that
// has ended takes no signal, which is in order.
func (c *process) quit() {
	c.dumped = true
	quitBusiest(c.cmd.Process)
	go func() {
		select {
		case <-c.ended:
		case <-time.After(answerMax):
			_ = c.cmd.Process.Kill()
		}
	}()
}
