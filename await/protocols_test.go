//go:build unix

package await

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"net/smtp"
	"net/textproto"
	"strings"
	"sync"
	"testing"
)

// The protocols of the standard library that take a connection or a listener, on
// ours: an exchange, and the end of a connection while a call is under way.

// served has serve take the connections of a listener of ours, one after the
// other, until t ends, and returns a way to connect to it.
func served(t *testing.T, serve func(c net.Conn)) (dial func() net.Conn) {
	t.Helper()
	theDefault(t)
	l, err := Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
			_ = c.Close() // serve may have done so
		}
	})
	t.Cleanup(func() {
		must(t, l.Close())
		serving.Wait()
	})
	return func() net.Conn {
		c, err := Dial("tcp4", l.Addr().String())
		must(t, err)
		t.Cleanup(func() { _ = c.Close() }) // its protocol may have done so
		return c
	}
}

// An Arith is what net/rpc serves.
type Arith struct {
	entered chan struct{}
	release chan struct{}
}

// Multiply is a call that returns at once.
func (*Arith) Multiply(in [2]int, product *int) error {
	*product = in[0] * in[1]
	return nil
}

// Stay is a call that lasts.
func (a *Arith) Stay(_ int, _ *int) error {
	a.entered <- struct{}{}
	<-a.release
	return nil
}

func serveRPC(t *testing.T) (a *Arith, dial func() *rpc.Client) {
	t.Helper()
	a = &Arith{make(chan struct{}, 1), make(chan struct{})}
	s := rpc.NewServer()
	must(t, s.Register(a))
	connect := served(t, func(c net.Conn) { s.ServeConn(c) })
	return a, func() *rpc.Client { return rpc.NewClient(connect()) }
}

func TestRPC(t *testing.T) {
	_, dial := serveRPC(t)
	c := dial()
	var calls sync.WaitGroup
	for i := range 100 {
		calls.Go(func() {
			var product int
			if err := c.Call("Arith.Multiply", [2]int{i, 7}, &product); err != nil || product != 7*i {
				t.Errorf("7 times %d is %d, %v", i, product, err)
			}
		})
	}
	calls.Wait()
	var failed rpc.ServerError
	if err := c.Call("Arith.Divide", [2]int{}, nil); !errors.As(err, &failed) {
		t.Errorf("a call of nothing: got %v, want the server's error", err)
	}
	must(t, c.Close())
	wantIs(t, c.Call("Arith.Multiply", [2]int{}, nil), rpc.ErrShutdown)
}

func TestRPCIsClosedDuringACall(t *testing.T) {
	a, dial := serveRPC(t)
	c := dial()
	call := c.Go("Arith.Stay", 0, new(int), make(chan *rpc.Call, 1))
	receive(t, a.entered, "call")
	must(t, c.Close())
	wantIs(t, receive(t, call.Done, "end of the call").Error, net.ErrClosed)
	close(a.release)

	again, product := dial(), 0 // the server has got over it
	must(t, again.Call("Arith.Multiply", [2]int{6, 7}, &product))
	if product != 42 {
		t.Errorf("got %d, want 42", product)
	}
	must(t, again.Close())
}

// shout answers each line in capitals, with dots where it has several lines, and
// "wait" not at all: that tells waiting.
func shout(c *textproto.Conn, waiting chan<- struct{}) error {
	for {
		id := c.Next()
		c.StartRequest(id)
		line, err := c.ReadLine()
		c.EndRequest(id)
		if err != nil {
			return err
		}
		c.StartResponse(id)
		if line == "wait" {
			waiting <- struct{}{}
		} else if err = c.PrintfLine("200 %s", strings.ToUpper(line)); err == nil {
			w := c.DotWriter()
			_, err = fmt.Fprintf(w, ".%s\nend\n", line)
			err = errors.Join(err, w.Close())
		}
		c.EndResponse(id)
		if err != nil {
			return err
		}
	}
}

func TestTextproto(t *testing.T) {
	waiting, ended := make(chan struct{}, 1), make(chan error, 2)
	dial := served(t, func(c net.Conn) { ended <- shout(textproto.NewConn(c), waiting) })
	c := textproto.NewConn(dial())
	for i := range 50 {
		line := fmt.Sprintf("line %d %s", i, strings.Repeat("x", 50*i))
		id, err := c.Cmd("%s", line)
		must(t, err)
		c.StartResponse(id)
		_, got, err := c.ReadResponse(200)
		must(t, err)
		lines, err := c.ReadDotLines()
		must(t, err)
		c.EndResponse(id)
		if want := strings.ToUpper(line); got != want || len(lines) != 2 || lines[0] != "."+line {
			t.Errorf("got %q and %q, want %q", got, lines, want)
		}
	}
	must(t, c.Close())
	wantIs(t, receive(t, ended, "end of the server"), io.EOF)
}

func TestTextprotoIsClosedDuringARead(t *testing.T) {
	waiting, ended := make(chan struct{}, 1), make(chan error, 1)
	dial := served(t, func(c net.Conn) { ended <- shout(textproto.NewConn(c), waiting) })
	c := textproto.NewConn(dial())
	read := later(func() (int, error) {
		_, err := c.Cmd("wait")
		if err == nil {
			_, err = c.ReadLine()
		}
		return 0, err
	})
	receive(t, waiting, "line")
	must(t, c.Close())
	wantIs(t, receive(t, read, "end of the read").err, net.ErrClosed)
	wantIs(t, receive(t, ended, "end of the server"), io.EOF)
}

// A post office takes one kind of letter: commands as RFC 5321 has them in the
// least, and each letter to letters. One to "slow@localhost" is never answered:
// that is told by an empty letter.
type postOffice struct{ letters chan string }

func (o postOffice) serve(c net.Conn) {
	text := textproto.NewConn(c)
	err := text.PrintfLine("220 localhost")
	for err == nil {
		var line string
		if line, err = text.ReadLine(); err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(line, " "); verb {
		case "EHLO":
			err = text.PrintfLine("250-localhost\r\n250 8BITMIME")
		case "RCPT":
			if strings.Contains(line, "slow@localhost") {
				o.letters <- ""
				continue
			}
			err = text.PrintfLine("250 ok")
		case "DATA":
			err = o.get(text)
		case "QUIT":
			err = text.PrintfLine("221 goodbye")
		default:
			err = text.PrintfLine("250 ok")
		}
	}
}

func (o postOffice) get(text *textproto.Conn) error {
	if err := text.PrintfLine("354 go ahead"); err != nil {
		return err
	}
	letter, err := text.ReadDotBytes()
	if err != nil {
		return err
	}
	o.letters <- string(letter)
	return text.PrintfLine("250 taken")
}

func TestSMTP(t *testing.T) {
	office := postOffice{make(chan string, 1)}
	dial := served(t, office.serve)
	c, err := smtp.NewClient(dial(), "localhost")
	must(t, err)
	for _, want := range []string{"hello\n", ".a dot\n", strings.Repeat("a long letter\n", 50_000)} {
		must(t, errors.Join(c.Mail("a@localhost"), c.Rcpt("b@localhost")))
		w, err := c.Data()
		must(t, err)
		_, err = io.WriteString(w, want)
		must(t, errors.Join(err, w.Close()))
		if got := receive(t, office.letters, "letter"); got != want {
			t.Errorf("a letter of %d bytes has arrived as one of %d", len(want), len(got))
		}
	}
	if ok, _ := c.Extension("8BITMIME"); !ok {
		t.Error("the client does not know what the server can")
	}
	must(t, c.Quit())
}

func TestSMTPIsClosedDuringACommand(t *testing.T) {
	office := postOffice{make(chan string, 1)}
	dial := served(t, office.serve)
	c, err := smtp.NewClient(dial(), "localhost")
	must(t, err)
	must(t, c.Mail("a@localhost"))
	command := later(func() (int, error) { return 0, c.Rcpt("slow@localhost") })
	receive(t, office.letters, "command")
	must(t, c.Close())
	wantIs(t, receive(t, command, "end of the command").err, net.ErrClosed)
}
