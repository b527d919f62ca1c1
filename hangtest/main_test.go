package hangtest

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// serveVariable has this program serve the directory before the colon at the one behind it.
const serveVariable = "HANGTEST_SERVE"

func TestMain(m *testing.M) {
	if dirs := os.Getenv(serveVariable); dirs != "" {
		if err := serve(dirs); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}
