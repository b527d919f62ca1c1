package run

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/awaitio/awaitio/bench/internal/wire"
)

// A process is a child: this program again, with another task.
type process struct {
	*wire.Parent
	kind   string
	cmd    *exec.Cmd
	in     io.WriteCloser
	stderr bytes.Buffer
}

// grace is how long a child may take to end once it is told to.
const grace = 5 * time.Second

// start starts a child and waits until it is ready.
func start(ctx context.Context, kind string, s wire.Spec) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program itself: %w", err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	p := &process{kind: kind, cmd: exec.CommandContext(ctx, self, kind, string(text))}
	p.cmd.Stderr = &p.stderr
	p.cmd.WaitDelay = grace
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", kind, err)
	}
	if p.Parent, err = wire.Meet(out, p.in); err != nil {
		p.end()
		return nil, blame(err, p)
	}
	return p, nil
}

// blame adds to err what the processes have said, of which the first had to do
// with it.
func blame(err error, about ...*process) error {
	if err == nil {
		return nil
	}
	for _, p := range slices.Compact(about) {
		said, _, _ := strings.Cut(strings.TrimSpace(p.stderr.String()), "\n")
		if said != "" {
			err = fmt.Errorf("%w (%s said: %s)", err, p.kind, said)
		}
	}
	return fmt.Errorf("%s: %w", about[0].kind, err)
}

// end has the child end, by force if it does not within its grace.
func (p *process) end() {
	p.in.Close()
	kill := time.AfterFunc(grace, func() { _ = p.cmd.Process.Kill() }) // it may have ended by now
	defer kill.Stop()
	_ = p.cmd.Wait() // what it had to say it has said
}
