//go:build unix

package await_test

import (
	"context"
	"fmt"
	"io"

	"github.com/awaitio/awaitio/await"
)

// connected is both ends of a connection.
func connected() (client, server *await.Conn, err error) {
	l, err := await.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	c, err := await.Dial("tcp", l.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	s, err := l.Accept()
	if err != nil {
		c.Close()
		return nil, nil, err
	}
	return c.(*await.Conn), s.(*await.Conn), nil
}

// One goroutine writes to many connections; the kernel is entered for many of
// them at a time.
func ExampleBroadcast() {
	var members, peers []*await.Conn
	for range 3 {
		c, s, err := connected()
		if err != nil {
			fmt.Println(err)
			return
		}
		defer c.Close()
		defer s.Close()
		peers, members = append(peers, c), append(members, s)
	}
	written, failed := await.Broadcast(context.Background(), []byte("hello"), members)
	fmt.Println(written, len(failed))
	for _, c := range peers {
		buf := make([]byte, 5)
		_, err := io.ReadFull(c, buf)
		fmt.Println(string(buf), err)
	}
	// Output:
	// 3 0
	// hello <nil>
	// hello <nil>
	// hello <nil>
}

// A connection that is idle takes no goroutine: the server's function is called when
// there is something to read, and arranges for the next time itself.
func ExampleConn_AfterReadable() {
	c, s, err := connected()
	if err != nil {
		fmt.Println(err)
		return
	}
	echo := func() error {
		buf := make([]byte, 64)
		n, err := s.Read(buf)
		if err != nil {
			return err
		}
		_, err = s.Write(buf[:n])
		return err
	}
	var serve func(error)
	serve = func(err error) {
		if err != nil || echo() != nil {
			s.Close()
			return
		}
		s.AfterReadable(serve)
	}
	s.AfterReadable(serve)

	c.Write([]byte("hello"))
	buf := make([]byte, 5)
	_, err = io.ReadFull(c, buf)
	fmt.Println(string(buf), err)
	c.CloseWrite()
	_, err = c.Read(buf)
	fmt.Println(err)
	c.Close()
	// Output:
	// hello <nil>
	// EOF
}
