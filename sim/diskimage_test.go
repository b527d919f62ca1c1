//go:build unix

package sim_test

import (
	"strings"
	"syscall"
	"testing"

	"github.com/awaitio/awaitio/sim"
)

// A disk that CrashImages made can be looked at. What needs a host says so.
func TestDiskOfCrashImages(t *testing.T) {
	sim.Run(t, sim.Config{Count: 1}, func(t *testing.T, w *sim.World) {
		for image := range w.Host("db", nil).Disk().CrashImages(1) {
			image.Config()
			image.FS()
			image.Stable()
			image.Unsynced()
			for name, call := range map[string]func(){
				"Set":         func() { image.Set(sim.DiskConfig{}) },
				"Stall":       image.Stall,
				"Unstall":     image.Unstall,
				"Fail":        func() { _ = image.Fail("*", syscall.EIO) },
				"Corrupt":     func() { _ = image.Corrupt("/file", 0, 1) },
				"WriteFile":   func() { _ = image.WriteFile("/file", nil) },
				"CrashImages": func() { image.CrashImages(1) },
			} {
				if said := panicOf(call); !strings.Contains(said, "World.HostOn") {
					t.Errorf("%s: %q", name, said)
				}
			}
		}
	})
}

// panicOf is what call panics with.
func panicOf(call func()) (said string) {
	defer func() { said, _ = recover().(string) }()
	call()
	return ""
}
