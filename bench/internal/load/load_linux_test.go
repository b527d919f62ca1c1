package load

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/awaitio/awaitio/bench/internal/wire"
)

// serve has a function serve each connection until the test ends, and returns
// where.
func serve(t *testing.T, each func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				each(c)
			}()
		}
	}()
	return l.Addr().String()
}

func echo(c net.Conn) { _, _ = io.Copy(c, struct{ io.Reader }{c}) }

// onEach has test run with each engine that this system has.
func onEach(t *testing.T, test func(t *testing.T, generator string)) {
	for _, name := range Engines() {
		t.Run(name, func(t *testing.T) {
			if _, err := Engine(name); err != nil {
				t.Skipf("not to be had on this system: %v", err)
			}
			test(t, name)
		})
	}
}

func TestEcho(t *testing.T) {
	onEach(t, func(t *testing.T, generator string) {
		for _, size := range []int{1, 64, 1 << 20} { // the last does not fit into the socket's buffer
			g, err := Connect(wire.Spec{Work: "echo", Generator: generator, Addr: serve(t, echo), Conns: 3, Size: size})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				w, err := g.Run(5 * time.Millisecond)
				if err != nil || w.Ops < 3 || w.Elapsed < 5*time.Millisecond || w.Micros["p50"] <= 0 || w.Values["fair"] <= 0 || w.Values["fair"] > 1 {
					t.Errorf("%d bytes: %+v, %v", size, w, err)
				}
			}
			g.Close()
		}
	})
}

func TestFairness(t *testing.T) {
	g := Generator{conns: []conn{{done: 4}, {done: 1}, {done: 2}}}
	if got := g.fairness(); got != 0.25 {
		t.Errorf("one answer beside four: %v", got)
	}
	g.conns[1].done = 0
	if got := g.fairness(); got != 0 {
		t.Errorf("none beside four: %v", got)
	}
}

func TestHeavy(t *testing.T) {
	h, err := ConnectHeavy(wire.Spec{Addr: serve(t, echo), Conns: 3, Size: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	w, err := h.Run(50 * time.Millisecond)
	if err != nil || w.Values["light"] < w.Values["slowest"] || w.Values["light"] <= 0 || w.Values["heavy"] <= 0 || w.Micros["p99"] <= 0 {
		t.Errorf("%+v, %v", w, err)
	}
}

// TestBroadcast has one connection ask, and all get the answer.
func TestBroadcast(t *testing.T) {
	onEach(t, func(t *testing.T, generator string) {
		var mu sync.Mutex
		var all []net.Conn
		addr := serve(t, func(c net.Conn) {
			mu.Lock()
			all = append(all, c)
			mu.Unlock()
			_, _ = io.WriteString(c, "+")
			p := make([]byte, 1000)
			for {
				if _, err := io.ReadFull(c, p); err != nil {
					return
				}
				mu.Lock()
				for _, c := range all {
					_, _ = c.Write(p)
				}
				mu.Unlock()
			}
		})
		g, err := Connect(wire.Spec{Work: "broadcast", Generator: generator, Addr: addr, Conns: 5, Size: 1000})
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		if w, err := g.Run(5 * time.Millisecond); err != nil || w.Ops == 0 || w.Ops%5 != 0 {
			t.Errorf("%+v, %v", w, err)
		}
	})
}

func TestIdleAsksOnce(t *testing.T) {
	g, err := Connect(wire.Spec{Work: "idle", Addr: serve(t, echo), Conns: 2, Size: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if w, err := g.Run(time.Millisecond); err != nil || w.Ops != 2 || len(w.Micros) != 0 {
		t.Errorf("%+v, %v", w, err)
	}
}

// A generator that took anything for an answer would praise a broken server.
func TestWrongAnswers(t *testing.T) {
	answer := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			p := make([]byte, 4)
			if _, err := io.ReadFull(c, p); err == nil {
				_, _ = io.WriteString(c, text)
			}
		}
	}
	onEach(t, func(t *testing.T, generator string) {
		for want, each := range map[string]func(net.Conn){
			"something else":      answer("abcd"),
			"instead of 4":        answer("\x00\x01\x02\x03\x04"),
			"closed a connection": answer(""),
		} {
			spec := wire.Spec{Work: "echo", Generator: generator, Addr: serve(t, each), Conns: 1, Size: 4}
			if _, err := Connect(spec); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("want %q, got %v", want, err)
			}
		}
	})
}

// TestGone is a server that resets the connection while it is asked.
func TestGone(t *testing.T) {
	onEach(t, func(t *testing.T, generator string) {
		reset := func(c net.Conn) {
			p := make([]byte, 1)
			if _, err := io.ReadFull(c, p); err == nil {
				_ = c.(*net.TCPConn).SetLinger(0)
			}
		}
		_, err := Connect(wire.Spec{Work: "echo", Generator: generator, Addr: serve(t, reset), Conns: 1, Size: 8 << 20})
		if err == nil || !strings.Contains(err.Error(), "the server") {
			t.Errorf("got %v", err)
		}
	})
}

func TestEngine(t *testing.T) {
	if _, err := Engine("kqueue"); err == nil || !strings.Contains(err.Error(), "kqueue") {
		t.Errorf("one that there is not: %v", err)
	}
	best, err := Engine("")
	if err != nil || best == "" {
		t.Errorf("the best is %q, %v", best, err)
	}
	if got, err := Engine(best); got != best || err != nil {
		t.Errorf("%q is %q, %v", best, got, err)
	}
}

func TestHTTPLearnsTheLength(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var status atomic.Int32
	status.Store(http.StatusOK)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, "hello")
	})}
	go func() { _ = s.Serve(l) }()
	defer s.Close()
	spec := wire.Spec{Work: "http", Addr: l.Addr().String(), Conns: 2}
	g, err := Connect(spec)
	if err != nil {
		t.Fatal(err)
	}
	if w, err := g.Run(5 * time.Millisecond); err != nil || w.Ops < 2 {
		t.Errorf("%+v, %v", w, err)
	}
	g.Close()
	status.Store(http.StatusTeapot)
	if _, err := Connect(spec); err == nil || !strings.Contains(err.Error(), "418") {
		t.Errorf("a refusal: %v", err)
	}
}

func TestConnectToNobody(t *testing.T) {
	for _, addr := range []string{"nonsense", "127.0.0.1:1"} {
		if _, err := Connect(wire.Spec{Work: "echo", Addr: addr, Conns: 1, Size: 1}); err == nil {
			t.Errorf("connected to %s", addr)
		}
	}
}
