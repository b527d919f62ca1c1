package await

import (
	"flag"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) {
	flag.Parse()
	simulate()
	testutil.Main(m)
}
