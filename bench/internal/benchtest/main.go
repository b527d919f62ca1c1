// Package benchtest runs the tests of packages that have all contenders in them.
package benchtest

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// Main is the body of a TestMain. What starts itself again for a measurement is
// the test's binary then: child is child.Main.
func Main(m *testing.M, child func(args []string) bool) {
	if child(os.Args[1:]) {
		return
	}
	// Under the race detector a child would sleep for a second before it ends.
	if err := os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, residents...)
}

// residents are the goroutines that a library starts when it is imported.
var residents = []goleak.Option{
	goleak.IgnoreTopFunction("github.com/panjf2000/ants/v2.(*poolCommon).purgeStaleWorkers"), // of gnet
	goleak.IgnoreTopFunction("github.com/panjf2000/ants/v2.(*poolCommon).ticktock"),
}
