package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/internal/words"
)

// errNotBest says that the doctor has found a better backend that does not run.
var errNotBest = errors.New("a better backend does not run here: see above")

// runDoctor prints which backend this machine gets and why, whether it works, and the limits that
// matter. It returns an error if no backend works, or a better one does not run.
func runDoctor(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("awaitio doctor", flag.ContinueOnError)
	flags.SetOutput(stderr)
	if err := flags.Parse(args); err != nil {
		return asUsage(err)
	}
	if flags.NArg() > 0 {
		return usageError("doctor wants no arguments")
	}
	t := tabwriter.NewWriter(stdout, 0, 4, 2, ' ', 0)
	defer t.Flush()
	fmt.Fprintf(t, "system\t%s/%s, %s\n", runtime.GOOS, runtime.GOARCH, runtime.Version())
	fmt.Fprintf(t, "processors\t%d, of which Go uses %d\n", runtime.NumCPU(), runtime.GOMAXPROCS(0))
	fmt.Fprintf(t, "PROACTOR_BACKEND\t%s\n", orNone(os.Getenv("PROACTOR_BACKEND")))
	err := examine(t)
	for _, l := range limits() {
		fmt.Fprintf(t, "%s\t%s\n", l.name, l.value)
	}
	tellMounts(t)
	return err
}

// tellMounts prints which mounts may hang, without asking one of them.
func tellMounts(t io.Writer) {
	table, err := mounts.Read()
	if err != nil {
		fmt.Fprintf(t, "mounts\tcannot be read: %v\n", err)
		return
	}
	for _, m := range table.All() {
		if m.Class == mounts.MayHang && m.Type != "proc" {
			fmt.Fprintf(t, "mount that may hang\t%s (%s of %s)\n", plain(m.Point), plain(m.Type), plain(m.Source))
		}
	}
}

// A limit is a limit or setting of the system that a program may run into.
type limit struct{ name, value string }

func orNone(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}

// examine starts an IO, prints what it runs on, and tries a connection.
func examine(t io.Writer) error {
	aio, err := await.Start(await.Config{})
	if err != nil {
		fmt.Fprintf(t, "backend\tnone: %v\n", err)
		return errors.New("no backend runs here")
	}
	defer aio.Close()
	chosen := aio.Choice()
	why := "the best one on this system"
	switch {
	case chosen.Forced != "":
		why = words.Forced(chosen.Forced)
	case chosen.FellBack():
		why = "because no better one runs here"
	}
	fmt.Fprintf(t, "backend\t%s, %s\n", chosen.Backend, why)
	for _, r := range chosen.Refused {
		fmt.Fprintf(t, "\tnot %s: %v\n", r.Backend, r.Err)
	}
	fmt.Fprintf(t, "kernel\t%s\n", chosen.System)
	if len(chosen.Setup) > 0 {
		fmt.Fprintf(t, "granted\t%s\n", strings.Join(chosen.Setup, ", "))
	}
	if len(chosen.Missing) > 0 {
		fmt.Fprintf(t, "missing\t%s: other system calls take their place\n", strings.Join(chosen.Missing, ", "))
	}
	fmt.Fprintf(t, "loops\t%d\n", len(aio.Loops()))
	if err := exchange(aio); err != nil {
		fmt.Fprintf(t, "a connection\tdoes not work: %v\n", err)
		return errors.New("a TCP connection over loopback failed")
	}
	fmt.Fprintf(t, "a connection\tworks\n")
	if chosen.FellBack() {
		return errNotBest
	}
	return nil
}

// exchange sends four bytes through a TCP connection over loopback.
func exchange(aio *await.IO) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	l, err := (&await.ListenConfig{IO: aio}).ListenStream(ctx, "tcp", "localhost:0")
	if err != nil {
		return err
	}
	defer l.Close()
	answered := make(chan error, 1)
	go func() {
		c, err := l.AcceptContext(ctx)
		if err == nil {
			_, err = c.WriteContext(ctx, []byte("well"))
			err = errors.Join(err, c.Close())
		}
		answered <- err
	}()
	c, err := (&await.Dialer{IO: aio}).DialStream(ctx, "tcp", l.Addr().String())
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = io.ReadFull(c, make([]byte, 4))
	return errors.Join(err, <-answered)
}
