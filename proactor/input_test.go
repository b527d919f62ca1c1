//go:build linux

package proactor_test

import (
	"errors"
	"math"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// refusal fails t unless submit is refused with words, by an OpError that is
// each of targets, and leaves the Completion free for the next operation.
func refusal(t *testing.T, p *proactor.Proactor, words string, submit func(o *op) error, targets ...error) {
	t.Helper()
	var o op
	err := submit(&o)
	if err == nil {
		t.Errorf("not refused, want %q", words)
		wait(t, p, &o)
		return
	}
	var e *proactor.OpError
	if !errors.As(err, &e) || e.Op == "" {
		t.Errorf("error %v (%T), want an OpError", err, err)
	}
	if !strings.Contains(err.Error(), words) {
		t.Errorf("%q does not say %q", err, words)
	}
	wantIs(t, err, targets...)
	if err := p.Tick(); err != nil {
		t.Fatal(err)
	}
	if o.isDone() {
		t.Errorf("%v: a refused submission was called back", err)
	}
	if err := p.Nop(&o.c, o.done); err != nil {
		t.Fatalf("after the refusal %q: %v", e, err)
	}
	wantN(t, wait(t, p, &o), 0)
}

func TestDescriptorsThatCannotBeAreRefused(t *testing.T) {
	p := open(t, proactor.Config{})
	if math.MaxInt == math.MaxInt32 {
		t.Skip("an int holds no larger number than a descriptor here")
	}
	huge := math.MaxInt32
	huge++
	for fd, words := range map[int]string{-1: "negative descriptor", math.MinInt: "negative descriptor", huge: "larger", math.MaxInt: "larger"} {
		for name, submit := range operations(p, fd) {
			t.Run(name, func(t *testing.T) {
				words := words
				if name == "openat" || name == "statx" {
					words = "directory"
				}
				refusal(t, p, words, submit, syscall.EBADF, os.ErrInvalid)
			})
		}
	}
}

func TestArgumentsThatMakeNoSenseAreRefused(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, _ := testutil.SocketPair(t)
	buf := make([]byte, 4)
	none := &proactor.Message{}
	tooMany := &proactor.Message{Buffers: make([][]byte, 1025)}
	long := strings.Repeat("/x", 2048) // 4096 bytes: no room for the NUL
	cwd := proactor.AtCWD
	const dt = time.Nanosecond
	tests := []struct {
		name, words string
		is          error
		submit      func(o *op) error
	}{
		{"recv into nothing", "empty buffer", os.ErrInvalid, func(o *op) error { return p.Recv(&o.c, fd, nil, 0, o.done) }},
		{"recv into an empty buffer", "empty buffer", os.ErrInvalid, func(o *op) error { return p.Recv(&o.c, fd, []byte{}, 0, o.done) }},
		{"send of nothing", "empty buffer", os.ErrInvalid, func(o *op) error { return p.Send(&o.c, fd, nil, 0, o.done) }},
		{"read into nothing", "empty buffer", os.ErrInvalid, func(o *op) error { return p.Read(&o.c, fd, nil, 0, o.done) }},
		{"write of nothing", "empty buffer", os.ErrInvalid, func(o *op) error { return p.Write(&o.c, fd, buf[:0], 0, o.done) }},
		{"recvmsg into nothing", "empty buffer", os.ErrInvalid, func(o *op) error { return p.RecvMsg(&o.c, fd, none, 0, o.done) }},
		{"recvmsg without a Message", "nil Message", os.ErrInvalid, func(o *op) error { return p.RecvMsg(&o.c, fd, nil, 0, o.done) }},
		{"sendmsg without a Message", "nil Message", os.ErrInvalid, func(o *op) error { return p.SendMsg(&o.c, fd, nil, 0, o.done) }},
		{"sendmsg of too many buffers", "1024", syscall.EMSGSIZE, func(o *op) error { return p.SendMsg(&o.c, fd, tooMany, 0, o.done) }},
		{"recvmsg into too many buffers", "1024", syscall.EMSGSIZE, func(o *op) error { return p.RecvMsg(&o.c, fd, tooMany, 0, o.done) }},
		{"sendmsg to a strange address", "address of type", os.ErrInvalid, func(o *op) error {
			return p.SendMsg(&o.c, fd, &proactor.Message{To: &net.IPAddr{}}, 0, o.done)
		}},
		{"connect to nil", "nil address", os.ErrInvalid, func(o *op) error { return p.Connect(&o.c, fd, nil, o.done) }},
		{"connect to a nil address", "nil address", os.ErrInvalid, func(o *op) error { return p.Connect(&o.c, fd, (*net.TCPAddr)(nil), o.done) }},
		{"connect to a wild port", "port 70000", os.ErrInvalid, func(o *op) error { return p.Connect(&o.c, fd, loopback(70000), o.done) }},
		{"connect to a long name", "at most", os.ErrInvalid, func(o *op) error {
			return p.Connect(&o.c, fd, &net.UnixAddr{Name: strings.Repeat("n", 200)}, o.done)
		}},
		{"read before the start", "negative offset", os.ErrInvalid, func(o *op) error { return p.Read(&o.c, fd, buf, -2, o.done) }},
		{"write before the start", "negative offset", os.ErrInvalid, func(o *op) error { return p.Write(&o.c, fd, buf, math.MinInt64, o.done) }},
		{"write and sync of nothing", "empty buffer", os.ErrInvalid, func(o *op) error { return p.WriteSync(&o.c, fd, nil, 0, 0, o.done) }},
		{"write and sync before the start", "negative offset", os.ErrInvalid, func(o *op) error { return p.WriteSync(&o.c, fd, buf, -2, 0, o.done) }},
		{"readv into nothing", "empty buffer", os.ErrInvalid, func(o *op) error { return p.ReadV(&o.c, fd, nil, 0, o.done) }},
		{"writev of empty buffers", "empty buffer", os.ErrInvalid, func(o *op) error { return p.WriteV(&o.c, fd, make([][]byte, 3), 0, o.done) }},
		{"readv into too many buffers", "1024", syscall.EINVAL, func(o *op) error { return p.ReadV(&o.c, fd, tooMany.Buffers, 0, o.done) }},
		{"writev before the start", "negative offset", os.ErrInvalid, func(o *op) error { return p.WriteV(&o.c, fd, [][]byte{buf}, -2, o.done) }},
		{"open of a path with a NUL", "NUL", os.ErrInvalid, func(o *op) error { return p.OpenAt(&o.c, cwd, "a\x00b", 0, 0, o.done) }},
		{"open of a long path", "4095", syscall.ENAMETOOLONG, func(o *op) error { return p.OpenAt(&o.c, cwd, long, 0, 0, o.done) }},
		{"statx of a path with a NUL", "NUL", syscall.EINVAL, func(o *op) error { return p.Statx(&o.c, cwd, "\x00", 0, 0, new(proactor.Stat), o.done) }},
		{"statx of a long path", "4095", syscall.ENAMETOOLONG, func(o *op) error { return p.Statx(&o.c, cwd, long, 0, 0, new(proactor.Stat), o.done) }},
		{"accept from nothing", "nil Peer", os.ErrInvalid, func(o *op) error { return p.AcceptFrom(&o.c, fd, 0, nil, o.done) }},
		{"statx into nothing", "nil Stat", os.ErrInvalid, func(o *op) error { return p.Statx(&o.c, cwd, "/", 0, 0, nil, o.done) }},
		{"listen to nothing", "nil Event", os.ErrInvalid, func(o *op) error { return p.OnTrigger(&o.c, nil, o.done) }},
		{"cancel of nothing", "nil target", os.ErrInvalid, func(o *op) error { return p.Cancel(&o.c, nil, o.done) }},
		{"timeout in the past", "negative timeout", os.ErrInvalid, func(o *op) error { return p.Timeout(&o.c, -1, o.done) }},
		{"recv with a negative timeout", "negative timeout", os.ErrInvalid, func(o *op) error { return p.RecvWithTimeout(&o.c, fd, buf, 0, -dt, o.done) }},
		{"send with a negative timeout", "negative timeout", os.ErrInvalid, func(o *op) error { return p.SendWithTimeout(&o.c, fd, buf, 0, -dt, o.done) }},
		{"connect with a negative timeout", "negative timeout", os.ErrInvalid, func(o *op) error {
			return p.ConnectWithTimeout(&o.c, fd, loopback(9), -dt, o.done)
		}},
		{"recvmsg with a negative timeout", "negative timeout", os.ErrInvalid, func(o *op) error {
			return p.RecvMsgWithTimeout(&o.c, fd, &proactor.Message{Buffers: [][]byte{buf}}, 0, -dt, o.done)
		}},
		{"sendmsg with a negative timeout", "negative timeout", os.ErrInvalid, func(o *op) error {
			return p.SendMsgWithTimeout(&o.c, fd, &proactor.Message{Buffers: [][]byte{buf}}, 0, -dt, o.done)
		}},
		{"nop with a negative timeout", "negative timeout", os.ErrInvalid, func(o *op) error {
			o.c.SetTimeout(math.MinInt64)
			return p.Nop(&o.c, o.done)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { refusal(t, p, tt.words, tt.submit, tt.is) })
	}
}

func TestPathOfTheMostBytesIsTaken(t *testing.T) {
	p := open(t, proactor.Config{})
	const pathMost = 4095 // PATH_MAX counts a NUL
	path := t.TempDir() + "/"
	path += strings.Repeat("./", (pathMost-1-len(path))/2)
	for _, path := range []string{path + strings.Repeat("x", pathMost-len(path)), path + "x"} {
		r := do(t, p, func(o *op) error { return p.OpenAt(&o.c, proactor.AtCWD, path, 0, 0, o.done) })
		wantIs(t, r.Err, syscall.ENOENT)
	}
}

func TestNilCompletionIsRefused(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, _ := testutil.SocketPair(t)
	buf, done := make([]byte, 4), func(*proactor.Completion, proactor.Result) { t.Error("called back") }
	target := new(proactor.Completion)
	m := &proactor.Message{Buffers: [][]byte{buf}}
	for name, err := range map[string]error{
		"accept": p.Accept(nil, fd, 0, done), "connect": p.Connect(nil, fd, loopback(9), done),
		"connect with timeout": p.ConnectWithTimeout(nil, fd, loopback(9), 1, done),
		"recv":                 p.Recv(nil, fd, buf, 0, done), "recv with timeout": p.RecvWithTimeout(nil, fd, buf, 0, 1, done),
		"send": p.Send(nil, fd, buf, 0, done), "send with timeout": p.SendWithTimeout(nil, fd, buf, 0, 1, done),
		"recvmsg": p.RecvMsg(nil, fd, m, 0, done), "recvmsg with timeout": p.RecvMsgWithTimeout(nil, fd, m, 0, 1, done),
		"sendmsg": p.SendMsg(nil, fd, m, 0, done), "sendmsg with timeout": p.SendMsgWithTimeout(nil, fd, m, 0, 1, done),
		"read": p.Read(nil, fd, buf, 0, done), "write": p.Write(nil, fd, buf, 0, done), "fsync": p.Fsync(nil, fd, 0, done),
		"openat": p.OpenAt(nil, proactor.AtCWD, "/", 0, 0, done), "statx": p.Statx(nil, proactor.AtCWD, "/", 0, 0, new(proactor.Stat), done),
		"close": p.CloseFD(nil, fd, done), "shutdown": p.Shutdown(nil, fd, 0, done), "poll": p.Poll(nil, fd, 0, done),
		"socket": p.Socket(nil, unix.AF_INET, unix.SOCK_STREAM, 0, done), "nop": p.Nop(nil, done),
		"next tick": p.NextTick(nil, done), "timeout": p.Timeout(nil, 0, done), "listen": p.OnTrigger(nil, new(proactor.Event), done),
		"cancel": p.Cancel(nil, target, done),
	} {
		if err == nil || !strings.Contains(err.Error(), "nil Completion") || !errors.Is(err, os.ErrInvalid) {
			t.Errorf("%s: error %v, want one that says nil Completion", name, err)
		}
	}
	if err := p.Tick(); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
		t.Errorf("the descriptor was harmed: %v", err)
	}
}

func TestCompletionSubmittedTwiceIsRefused(t *testing.T) {
	p := open(t, proactor.Config{})
	a, b := testutil.SocketPair(t)
	buf := make([]byte, 8)
	recv := start(t, func(o *op) error { return p.Recv(&o.c, a, buf, 0, o.done) })
	refuse := func(when string) {
		t.Helper()
		for name, submit := range operations(p, b) {
			if err := submit(recv); !errors.Is(err, proactor.ErrInUse) {
				t.Errorf("%s, %s: error %v, want ErrInUse", when, name, err)
			}
		}
		if err := p.Timeout(&recv.c, 0, recv.done); !errors.Is(err, proactor.ErrInUse) {
			t.Errorf("%s, timeout: error %v, want ErrInUse", when, err)
		}
		if err := p.RecvWithTimeout(&recv.c, a, buf, 0, 0, recv.done); !errors.Is(err, proactor.ErrInUse) {
			t.Errorf("%s, recv with timeout: error %v, want ErrInUse", when, err)
		}
	}
	refuse("submitted")
	tickUnfinished(t, p, recv)
	refuse("in flight")
	mustWrite(t, b, []byte("unharmed"))
	wantN(t, wait(t, p, recv), 8)
	if string(buf) != "unharmed" {
		t.Errorf("received %q", buf)
	}
	tickUnfinishedAgain(t, p, recv)
	// The refused timeout of no time was not kept for the next operation.
	again := start(t, func(*op) error { return p.Recv(&recv.c, a, buf, 0, recv.done) })
	_ = again
	tickUnfinishedAgain(t, p, recv)
	mustWrite(t, b, []byte("x"))
	driveUntil(t, p, "the second receive", func() bool { return recv.calls == 2 })
	wantN(t, recv.result, 1)
}

func TestRefusedTimeoutIsUsedUp(t *testing.T) {
	p := open(t, proactor.Config{})
	a, b := testutil.SocketPair(t)
	var o op
	if err := p.RecvWithTimeout(&o.c, a, nil, 0, 0, o.done); err == nil {
		t.Fatal("an empty buffer was taken")
	}
	if err := p.Recv(&o.c, a, make([]byte, 4), 0, o.done); err != nil {
		t.Fatal(err)
	}
	tickUnfinished(t, p, &o)
	mustWrite(t, b, []byte("x"))
	wantN(t, wait(t, p, &o), 1)
}

func TestClosedProactorRefuses(t *testing.T) {
	p := open(t, proactor.Config{})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	fd, _ := testutil.SocketPair(t)
	for name, submit := range operations(p, fd) {
		var o op
		for range 2 { // it is free again at once
			err := submit(&o)
			wantIs(t, err, proactor.ErrClosed, net.ErrClosed, os.ErrClosed)
			checkOpError(t, err, name, fd)
		}
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
		t.Errorf("the descriptor was harmed: %v", err)
	}
}

// nativeBackend is what the tests run on.
func nativeBackend(t *testing.T) string {
	t.Helper()
	return open(t, proactor.Config{}).Backend()
}

func TestBackendThatIsNoneIsRefused(t *testing.T) {
	testutil.CheckLeaks(t)
	native := nativeBackend(t)
	want := func(words string, config proactor.Config) {
		t.Helper()
		p, err := proactor.New(config)
		if err == nil {
			_ = p.Close()
			t.Fatalf("opened %q", p.Backend())
		}
		wantIs(t, err, errors.ErrUnsupported)
		for _, word := range []string{words, `"carrier pigeon"`, native} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%q does not say %q", err, word)
			}
		}
	}
	want("Config.Backend", proactor.Config{Backend: "carrier pigeon"})
	t.Setenv("PROACTOR_BACKEND", "carrier pigeon")
	want("PROACTOR_BACKEND", proactor.Config{})
}

func TestBackendByNameIsTheOneInUse(t *testing.T) {
	native := nativeBackend(t)
	t.Setenv("PROACTOR_BACKEND", "carrier pigeon") // Config counts before it
	p := open(t, proactor.Config{Backend: native})
	if got := p.Backend(); got != native {
		t.Errorf("backend %q", got)
	}
	t.Setenv("PROACTOR_BACKEND", native)
	q := open(t, proactor.Config{})
	if got := q.Backend(); got != native {
		t.Errorf("backend %q", got)
	}
}

func TestConfigThatMakesNoSenseIsRefused(t *testing.T) {
	testutil.CheckLeaks(t)
	for name, config := range map[string]proactor.Config{
		"Entries":                    {Entries: -1},
		"Entries ":                   {Entries: 1<<15 + 1},
		"CompletionEntries":          {CompletionEntries: -1},
		"CompletionEntries is 65537": {CompletionEntries: 1<<16 + 1},
		"MaxInFlight":                {MaxInFlight: -1},
		"MaxInFlight ":               {MaxInFlight: math.MaxInt32},
		"MaxQueued":                  {MaxQueued: math.MinInt32},
		"MaxQueued ":                 {MaxQueued: math.MaxInt32},
		"IdleTimeout":                {IdleTimeout: -1},
	} {
		p, err := proactor.New(config)
		if err == nil {
			t.Errorf("%+v was taken", config)
			_ = p.Close()
			continue
		}
		if !strings.Contains(err.Error(), "Config."+strings.TrimSpace(name)) {
			t.Errorf("%q does not name Config.%s", err, name)
		}
	}
}

func TestConfigAtItsLimitsWorks(t *testing.T) {
	for name, config := range map[string]proactor.Config{
		"least":           {Entries: 1, CompletionEntries: 1, MaxInFlight: 1, MaxQueued: 1},
		"odd":             {Entries: 3, CompletionEntries: 5, MaxInFlight: 3, MaxQueued: 3},
		"few completions": {Entries: 64, CompletionEntries: 1},
		"many":            {Entries: 1 << 12, CompletionEntries: 1 << 14, MaxInFlight: 1 << 30, MaxQueued: 1 << 30},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, config)
			wantN(t, do(t, p, func(o *op) error { return p.Nop(&o.c, o.done) }), 0)
		})
	}
}

// The same buffer many times is more than an int counts, on a 32-bit machine.
func TestBuffersThatAnIntDoesNotCount(t *testing.T) {
	if strconv.IntSize > 32 {
		t.Skip("an int counts all the bytes there are here")
	}
	p := open(t, proactor.Config{})
	a, _ := testutil.SocketPair(t)
	tooMuch := slices.Repeat([][]byte{make([]byte, math.MaxInt32/1000)}, 1024)
	for name, submit := range map[string]func(o *op) error{
		"ReadV":   func(o *op) error { return p.ReadV(&o.c, a, tooMuch, proactor.CurrentPosition, o.done) },
		"WriteV":  func(o *op) error { return p.WriteV(&o.c, a, tooMuch, proactor.CurrentPosition, o.done) },
		"SendMsg": func(o *op) error { return p.SendMsg(&o.c, a, &proactor.Message{Buffers: tooMuch}, 0, o.done) },
		"RecvMsg": func(o *op) error { return p.RecvMsg(&o.c, a, &proactor.Message{Buffers: tooMuch}, 0, o.done) },
	} {
		t.Run(name, func(t *testing.T) { refusal(t, p, "more bytes than", submit, syscall.EINVAL) })
	}
}
