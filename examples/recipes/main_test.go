package recipes

import (
	"os"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

// walVariable has this program append to the log it names until it is killed.
const walVariable = "RECIPES_WAL"

func TestMain(m *testing.M) {
	if name := os.Getenv(walVariable); name != "" {
		appendUntilKilled(name)
	}
	testutil.Main(m)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
