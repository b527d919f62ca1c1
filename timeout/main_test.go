package timeout

import (
	"context"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

func TestMain(m *testing.M) { testutil.Main(m) }

// running returns a proactor that a goroutine drives until the test ends.
func running(t testing.TB, config proactor.Config) *proactor.Proactor {
	t.Helper()
	testutil.CheckLeaks(t)
	p, err := proactor.New(config)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Run(context.Background()) }()
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return p
}

// result is one callback's outcome.
type result = proactor.Result

// deliver returns a callback that sends its result.
func deliver() (proactor.Callback, chan result) {
	done := make(chan result, 1)
	return func(_ *proactor.Completion, r result) { done <- r }, done
}
