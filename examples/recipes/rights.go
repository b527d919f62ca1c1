//go:build unix

package recipes

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
)

// SendFile passes an open file to the process at the other end of a unix connection, which gets a
// descriptor of its own. The caller keeps f.
func SendFile(ctx context.Context, conn *await.Conn, f *await.File) error {
	// A byte of data goes along: rights alone are not sent on a stream (unix(7)).
	_, _, err := conn.WriteMsgUnixContext(ctx, []byte{0}, unix.UnixRights(int(f.Fd())), nil)
	return err
}

// ReceiveFile receives a file from SendFile. The file's Name method returns name.
func ReceiveFile(ctx context.Context, conn *await.Conn, name string) (*await.File, error) {
	data, control := make([]byte, 1), make([]byte, unix.CmsgSpace(4)) // room for one descriptor
	n, controlN, flags, _, err := conn.ReadMsgUnixContext(ctx, data, control)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, io.EOF
	}
	fds, err := rights(control[:controlN])
	if err != nil {
		return nil, err
	}
	if len(fds) != 1 || flags&unix.MSG_CTRUNC != 0 {
		for _, fd := range fds {
			err = errors.Join(err, unix.Close(fd))
		}
		return nil, errors.Join(errors.New("want exactly one file in the message"), err)
	}
	unix.CloseOnExec(fds[0])
	return await.NewFile(uintptr(fds[0]), name)
}

// rights returns the descriptors in control messages.
func rights(control []byte) (fds []int, err error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil, os.NewSyscallError("recvmsg", err)
	}
	for _, m := range messages {
		if got, err := unix.ParseUnixRights(&m); err == nil { // otherwise it is of another kind
			fds = append(fds, got...)
		}
	}
	return fds, nil
}
