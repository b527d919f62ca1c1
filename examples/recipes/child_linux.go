package recipes

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
)

// RunChild runs cmd and waits for it without a thread: a descriptor of the child becomes readable
// when it ends (pidfd_open(2)). When ctx ends the child gets SIGTERM, and SIGKILL if it is there
// still when kill ends. The error is that of cmd.Wait, joined with the cause of ctx. Give cmd files to
// write to, or a WaitDelay: for anything else Wait stays until the last process that has the pipe goes.
func RunChild(ctx, kill context.Context, cmd *exec.Cmd) error {
	aio, err := await.Default()
	if err != nil {
		return err
	}
	pidfd := -1
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.PidFD = &pidfd
	if err := cmd.Start(); err != nil {
		return err
	}
	if pidfd < 0 { // before Linux 5.4
		return errors.Join(fmt.Errorf("a pidfd: %w", errors.ErrUnsupported), cmd.Process.Kill(), cmd.Wait())
	}
	defer aio.CloseFD(context.Background(), pidfd)
	_, err = aio.Poll(ctx, pidfd, unix.POLLIN)
	if err != nil {
		_ = unix.PidfdSendSignal(pidfd, unix.SIGTERM, nil, 0)
		if _, left := aio.Poll(kill, pidfd, unix.POLLIN); left != nil {
			_ = unix.PidfdSendSignal(pidfd, unix.SIGKILL, nil, 0)
		}
	}
	return errors.Join(err, cmd.Wait()) // which does not wait long
}
