//go:build unix

package sim_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
)

// pageNames are pages that two disks have, each a copy of its own kind. The ledger has one copy on
// each, and all other pages are of no account.
const (
	pageNames    = "abcdefghijklmnopqrstuvwxy"
	ledgerFirst  = "/h"
	ledgerSecond = "/t"
)

var ledgerText = bytes.Repeat([]byte("ledger "), 100)

// losesTwoCopies has 50 faults, each of which damages another page. Two of them together lose the
// ledger. The hosts print each page that they find damaged, so that a run prints something else whatever
// faults are taken out.
func losesTwoCopies(t *testing.T) {
	sim.Run(t, sim.Config{Count: 1}, func(t *testing.T, w *sim.World) {
		var hosts []*sim.Host
		for _, name := range []string{"first", "second"} {
			h := w.Host(name, readPages)
			for _, page := range pageNames {
				if err := h.Disk().WriteFile("/"+string(page), ledgerText); err != nil {
					t.Fatal(err)
				}
			}
			hosts = append(hosts, h)
		}
		order := w.Rand("pages").Perm(2 * len(pageNames))
		w.Unleash(sim.Nemesis{
			Name: "bad sector", Every: sim.Fixed(time.Second), For: sim.Fixed(0),
			Start: func(w *sim.World, _ *rand.Rand, _ []*sim.Host) func() {
				if n := int(w.Elapsed()/time.Second) - 1; n < len(order) {
					disk, page := hosts[order[n]/len(pageNames)].Disk(), order[n]%len(pageNames)
					if err := disk.Corrupt("/"+pageNames[page:page+1], 0, 1); err != nil {
						t.Error(err)
					}
				}
				return func() {}
			},
		})
		time.Sleep(time.Duration(len(order))*time.Second + time.Second/2)
		w.Heal()
		first, err := hosts[0].IO().ReadFile(ledgerFirst)
		second, err2 := hosts[1].IO().ReadFile(ledgerSecond)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, ledgerText) && !bytes.Equal(second, ledgerText) {
			t.Error("both copies of the ledger are damaged")
		}
	})
}

// readPages prints the names of the pages that have been damaged, every 20 seconds.
func readPages(ctx context.Context, io *await.IO) error {
	for {
		for _, page := range pageNames {
			b, err := io.ReadFile("/" + string(page))
			if err == nil && !bytes.Equal(b, ledgerText) {
				fmt.Printf("page %c is damaged\n", page)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(20 * time.Second):
		}
	}
}

// A failure that needs 2 of 50 faults is reduced to those. How long it took stands in
// docs/SIMULATION.md, as measured on a quiet machine.
func TestTwoFaultsOfFiftyAreTold(t *testing.T) {
	began := time.Now()
	report := runPlanted(t, t.TempDir(), "loses two copies")
	of := regexp.MustCompile(`of (\d+) faults (\d+) are needed`).FindStringSubmatch(report)
	if of == nil {
		t.Fatalf("the report names no faults:\n%s", report)
	}
	total, err := strconv.Atoi(of[1])
	needed, err2 := strconv.Atoi(of[2])
	if err := errors.Join(err, err2); err != nil || total != 50 || needed > 3 {
		t.Errorf("of %d faults %d are said to be needed, want at most 3 of 50: %v\n%s", total, needed, err, report)
	}
	t.Logf("found, run again and reduced from %d to %d faults in %v", total, needed, time.Since(began))
}
