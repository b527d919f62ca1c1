//go:build unix

package fdcall

import (
	"sync"
	"testing"

	"github.com/awaitio/awaitio/proactor"
)

// Users that come and go while a descriptor is being closed are not left to the kernel: those that
// are refused count for a moment too.
func TestCloseWhileUsersComeAndGo(t *testing.T) {
	s := open(t, proactor.Config{})
	for range 10_000 {
		d, _ := pair(t, s)
		var users sync.WaitGroup
		for range 4 {
			users.Go(func() {
				for refused := 0; refused < 20; {
					if d.Use(func(int) error { return nil }) != nil {
						refused++
					}
				}
			})
		}
		if err := d.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
		users.Wait()
	}
}
