package child

import (
	"testing"

	"github.com/awaitio/awaitio/bench/internal/benchtest"
)

func TestMain(m *testing.M) { benchtest.Main(m, Main) }
