//go:build linux

package ring

import (
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

func init() { testutil.ConfineChild() }

// The seccomp profile that the documents recommend lets the ring do all it can.
func TestContractUnderTheProfile(t *testing.T) {
	testutil.RunConfined(t, "../../docs/seccomp-awaitio.json", nil, "^TestContract$")
}
