package netsuite

import (
	"testing"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

// open starts an IO, which ends with t.
func open(t *testing.T) *await.IO {
	t.Helper()
	aio, err := await.Start(await.Config{})
	must(t, err)
	t.Cleanup(func() { must(t, aio.Close()) })
	return aio
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
