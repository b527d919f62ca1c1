package run

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
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
		return nil, p.explain(err)
	}
	return p, nil
}

// explain adds to err who it is about and the last that it said.
func (p *process) explain(err error) error {
	if err == nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
	if said := lines[0]; said != "" {
		return fmt.Errorf("%s: %w: %s", p.kind, err, said)
	}
	return fmt.Errorf("%s: %w", p.kind, err)
}

// end has the child end, by force if it does not within its grace.
func (p *process) end() {
	p.in.Close()
	kill := time.AfterFunc(grace, func() { _ = p.cmd.Process.Kill() }) // it may have ended by now
	defer kill.Stop()
	_ = p.cmd.Wait() // what it had to say it has said
}
