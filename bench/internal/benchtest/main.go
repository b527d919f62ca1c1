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
	goleak.VerifyTestMain(m, residents...)
}

// residents are the goroutines that a library starts when it is imported.
var residents = []goleak.Option{
	goleak.IgnoreTopFunction("github.com/panjf2000/ants/v2.(*poolCommon).purgeStaleWorkers"), // of gnet
	goleak.IgnoreTopFunction("github.com/panjf2000/ants/v2.(*poolCommon).ticktock"),
}
