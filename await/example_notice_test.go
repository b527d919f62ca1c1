package await_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime/trace"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/proactor"
)

// A flight recorder keeps the last seconds of the program's trace in memory. When a disk is slow
// or a loop stands still, they are written to a file, for go tool trace.
func ExampleConfig_onNotice() {
	recorder := trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: 2 * time.Second})
	if err := recorder.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer recorder.Stop()
	aio, err := await.Start(await.Config{
		SlowAfter: 500 * time.Millisecond,
		OnNotice: func(n proactor.Notice) {
			switch n.Kind {
			case proactor.NoticeSlow, proactor.NoticeStalled:
				var last bytes.Buffer
				if _, err := recorder.WriteTo(&last); err == nil {
					_ = os.WriteFile("slow.trace", last.Bytes(), 0o600)
				}
				fmt.Fprintln(os.Stderr, n)
			}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(aio.Close())
	// Output: <nil>
}
