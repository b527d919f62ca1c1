//go:build unix

package await

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

func TestNilContextIsRefused(t *testing.T) {
	io := open(t, Config{})
	a, _ := socketPair(t)
	for _, call := range everyCall {
		_, err := call.make(nil, io, a) //nolint:staticcheck // that is the point
		wantOpError(t, err, call.op, call.fd(a))
		wantIs(t, err, os.ErrInvalid)
	}
	// None of them was carried out, not even the close.
	if _, err := fdFlags(t, a); err != nil {
		t.Errorf("the descriptor is closed: %v", err)
	}
}

func TestEndedContextIsRefused(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	mustWrite(t, b, []byte("there would be data"))
	ctx, cause := canceled()
	expired, cancel := context.WithDeadline(background, time.Now().Add(-time.Second))
	defer cancel()
	before := io.Stats().Submitted // what the IO itself had
	for _, call := range everyCall {
		if call.op == "close" {
			continue // is carried out in any case
		}
		_, err := call.make(ctx, io, a)
		wantCanceledFor(t, err, cause, call.op, call.fd(a))
		_, err = call.make(expired, io, a)
		wantCanceledFor(t, err, context.DeadlineExceeded, call.op, call.fd(a))
	}
	if n := io.Stats().Submitted - before; n > 0 {
		t.Errorf("%d operations were submitted", n)
	}
}

func TestBadDescriptorIsRefused(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		for _, call := range everyCall {
			if call.none {
				continue
			}
			_, err := call.make(background, c, -7)
			wantOpError(t, err, call.op, -7)
			wantIs(t, err, os.ErrInvalid, unix.EBADF)
		}
	})
}

func TestBadArgumentsAreRefused(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		fd, _ := socketPair(t)
		refusals := []struct {
			op   string
			call func() error
			is   error
		}{
			{"recv", func() error { _, err := c.Recv(background, fd, nil, 0); return err }, unix.EINVAL},
			{"send", func() error { _, err := c.Send(background, fd, nil, 0); return err }, unix.EINVAL},
			{"read", func() error { _, err := c.Read(background, fd, nil, 0); return err }, unix.EINVAL},
			{"read", func() error { _, err := c.Read(background, fd, make([]byte, 1), -2); return err }, unix.EINVAL},
			{"write", func() error { _, err := c.Write(background, fd, nil, 0); return err }, unix.EINVAL},
			{"recvmsg", func() error { _, err := c.RecvMsg(background, fd, nil, 0); return err }, unix.EINVAL},
			{"sendmsg", func() error { _, err := c.SendMsg(background, fd, nil, 0); return err }, unix.EINVAL},
			{"recv", func() error { _, err := c.RecvWithTimeout(background, fd, make([]byte, 1), 0, -1); return err }, unix.EINVAL},
			{"send", func() error { _, err := c.SendWithTimeout(background, fd, make([]byte, 1), 0, -1); return err }, unix.EINVAL},
			{"connect", func() error { return c.Connect(background, fd, nil) }, unix.EINVAL},
			{"connect", func() error { return c.Connect(background, fd, &net.IPAddr{}) }, unix.EINVAL},
			{"connect", func() error { return c.ConnectWithTimeout(background, fd, loopback, -1) }, unix.EINVAL},
			{"openat", func() error { _, err := c.OpenAt(background, fd, "a\x00b", 0, 0); return err }, unix.EINVAL},
			{"openat", func() error { _, err := c.OpenAt(background, fd, strings.Repeat("x", 5000), 0, 0); return err }, unix.ENAMETOOLONG},
			{"sleep", func() error { return c.Sleep(background, -1) }, unix.EINVAL},
		}
		for _, r := range refusals {
			err := r.call()
			wantIs(t, err, os.ErrInvalid, r.is)
			want := fd
			if r.op == "sleep" {
				want = -1
			}
			wantOpError(t, err, r.op, want)
		}
		if n := io.Stats().InFlight; n > 0 {
			t.Errorf("%d operations are in flight", n)
		}
	})
}

func TestStatxOfNothingIsRefused(t *testing.T) {
	io := open(t, Config{})
	err := io.Statx(background, proactor.AtCWD, ".", 0, statxBasic, nil)
	wantIs(t, err, os.ErrInvalid)
}

func TestErrorsNameThePath(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		_, err := c.OpenAt(background, proactor.AtCWD, "no/such/file", 0, 0)
		wantIs(t, err, fs.ErrNotExist)
		var failed *proactor.OpError
		if !errors.As(err, &failed) || failed.Target != "no/such/file" {
			t.Errorf("got error %v, want one that names the path", err)
		}
	})
}

// Every field of a Config has an effect, in either package's form of it: Start refuses a value
// that makes no sense. A boolean has none.
func TestStartHeedsEveryField(t *testing.T) {
	testutil.CheckLeaks(t)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		var config Config
		switch v := reflect.ValueOf(&config).Elem().FieldByIndex(field.Index); {
		case field.Name == "Backend":
			v.SetString("steam")
		case field.Name == "Spin":
			v.SetInt(int64(time.Hour))
		case v.CanInt():
			v.SetInt(-1)
		default:
			continue
		}
		if io, err := Start(config); err == nil {
			t.Errorf("Start with %+v: got no error and %v", config, io)
		}
		if io, err := Start(proactor.Config(config)); err == nil {
			t.Errorf("Start with a proactor.Config of %+v: got no error and %v", config, io)
		}
	}
}
