// Command awaitio shows what programs that use package await are doing, and which backend a
// machine gets.
//
//	awaitio top http://localhost:6060/debug/awaitio     shows a program's operations, each second
//	awaitio top /run/app/awaitio.sock                    the same through a unix socket
//	awaitio doctor                                       says which backend this machine gets, and its limits
//
// For awaitio top the program must serve the page of package inspect at that address.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// The exit codes.
const (
	exitFine  = 0
	exitBad   = 1 // it was looked at, and something is wrong
	exitUsage = 2
)

const usage = `usage: awaitio top [flags] URL|SOCKET    what goes on in a program
       awaitio doctor                   which backend this machine gets, and its limits
`

// run runs the command with arguments, and returns its exit code.
func run(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	var err error
	switch args[0] {
	case "top":
		err = runTop(args[1:], stdout, stderr)
	case "doctor":
		err = runDoctor(args[1:], stdout, stderr)
	case "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, usage)
		return exitFine
	default:
		fmt.Fprintf(stderr, "awaitio: there is no %q\n%s", args[0], usage)
		return exitUsage
	}
	var wrong usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitFine
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "awaitio: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "awaitio: %v\n", err)
	return exitBad
}

// A usageError is a command line that makes no sense.
type usageError string

func (e usageError) Error() string { return string(e) }
