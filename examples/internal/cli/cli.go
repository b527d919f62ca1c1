// Package cli is what the examples need to be commands: arguments and signals.
// How their command line is used wrongly is no part of what they show.
package cli

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// addrDefault is where the servers listen unless told otherwise.
const addrDefault = "127.0.0.1:3131"

// about is what -h says of the program.
var about string

// About sets what -h says of the program, in one line. Call it before the command line is read.
func About(line string) { about = line }

// NoArguments refuses any.
func NoArguments() { parse("", 0) }

// Addr returns the address of the flag -addr.
func Addr() *net.TCPAddr {
	addr := addrFlag()
	parse("[-addr host:port]", 0)
	return resolve(*addr)
}

// AddrAndMillis returns the address of the flag -addr, and the duration that the
// one argument gives in milliseconds: what stands for it where there is none.
func AddrAndMillis(name string, fallback time.Duration) (*net.TCPAddr, time.Duration) {
	addr := addrFlag()
	parse(fmt.Sprintf("[-addr host:port] [%s in ms, default %d]", name, fallback.Milliseconds()), 1)
	if flag.NArg() == 0 {
		return resolve(*addr), fallback
	}
	d, err := millis(flag.Arg(0))
	if err != nil {
		Refuse("%s: %v", name, err)
	}
	return resolve(*addr), d
}

// Arguments returns the arguments behind the flags: n of them, no more and no
// fewer.
func Arguments(usage string, n int) []string {
	parse(usage, n)
	if flag.NArg() < n {
		Refuse("arguments needed: %d, got %d", n, flag.NArg())
	}
	return flag.Args()
}

// Interruptible returns a context that ends with the first SIGINT or SIGTERM; a
// second one ends the process.
func Interruptible() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

func addrFlag() *string {
	return flag.String("addr", addrDefault, "`host:port` of the server")
}

// parse reads the command line, which may have so many arguments behind flags.
func parse(usage string, argsMax int) {
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage:", filepath.Base(os.Args[0]), usage)
		fmt.Fprintln(os.Stderr, about)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > argsMax {
		Refuse("unexpected argument %q", flag.Arg(argsMax))
	}
}

func resolve(addr string) *net.TCPAddr {
	resolved, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		Refuse("-addr: %v", err)
	}
	return resolved
}

// millisMax is as much as a time.Duration can hold.
const millisMax = int64(1<<63-1) / int64(time.Millisecond)

func millis(arg string) (time.Duration, error) {
	n, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || n < 0 || n > millisMax {
		return 0, fmt.Errorf("%q is not a number from 0 to %d", arg, millisMax)
	}
	return time.Duration(n) * time.Millisecond, nil
}

// Refuse ends the process over a command line that makes no sense.
func Refuse(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	flag.Usage()
	os.Exit(2)
}
