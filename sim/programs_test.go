//go:build unix

package sim_test

import (
	"os"
	"testing"

	"github.com/awaitio/awaitio/sim"
	"github.com/awaitio/awaitio/sim/internal/kv"
	"github.com/awaitio/awaitio/sim/internal/wal"
)

// The programs of TestPlanted, without their bugs.

func TestOrdersCountOnce(t *testing.T) { orders(t, false) }

func TestRegisterIsLinearizable(t *testing.T) {
	if os.Getenv("SIM_MUTEX") == "block" {
		t.Skip("a replica holds a mutex across a sync, which then stops the clock")
	}
	registers(t, kv.Replica{}, false)
}

func TestLogKeepsWhatIsSafe(t *testing.T) {
	for _, m := range []sim.Model{sim.Strict, sim.Ext4, sim.XFS, sim.Durable} {
		t.Run(m.String(), func(t *testing.T) { logs(t, wal.Log{Path: "/log"}, m) })
	}
}

// TestExt4KeepsNamesWithAnySync holds what a program may come to rely on: on ext4 a sync of
// the file keeps its name as well.
func TestExt4KeepsNamesWithAnySync(t *testing.T) {
	logs(t, wal.Log{Path: "/log", NoDirSync: true}, sim.Ext4)
}
