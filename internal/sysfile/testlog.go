package sysfile

import (
	"os"
	"slices"
	"strings"
)

// go test runs a test again when a file has changed that it looked at the last time.
// It knows those from package os, which writes a log of what it opens and looks at.
// Only package os can write to that log. So in a process that go test has told where
// to put it, package os is called beside us, in ways that do not touch the file.

// logged reports whether the process is a test whose files go test wants to know of.
var logged = slices.ContainsFunc(os.Args, func(arg string) bool {
	return strings.HasPrefix(arg, "-test.testlogfile=")
})

// LogFile has package os log that the file name is looked at, where go test wants to know.
func LogFile(name string) {
	if !logged {
		return
	}
	if f, err := os.OpenFile(name, opensNothing, 0); err == nil {
		_ = f.Close()
	}
}

// LogDirectory has package os log the working directory, to which names are relative,
// where go test wants to know.
func LogDirectory() {
	if logged {
		_ = os.Chdir(".")
	}
}
