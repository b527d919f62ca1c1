//go:build unix

package recipes

import (
	"context"
	"fmt"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A select over futures cancels nobody: each goes on until it is awaited, cancelled, or done.
func Example_select() {
	ctx := context.Background()
	aio, err := await.Start(await.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer aio.Close()
	short := aio.Async().Sleep(time.Millisecond)
	long := aio.Async().Sleep(50 * time.Millisecond)
	for range 2 {
		select {
		case <-short.Done():
			_, err := short.Await(ctx) // does not wait any more
			fmt.Println("short", err)
			short = aio.Async().Sleep(time.Hour)
		case <-long.Done():
			_, err := long.Await(ctx)
			fmt.Println("long", err)
		}
	}
	short.Cancel()
	// Output:
	// short <nil>
	// long <nil>
}
