package run

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/plan"
)

// absent is who of a row's contenders is not to be had here, and why.
func absent(row plan.Row, dir string) map[string]string {
	all := ""
	if row.Spec.Direct {
		all = noDirect(dir)
	}
	if row.Peer == contender.Floor {
		all = noRing()
	}
	reasons := map[string]string{}
	for _, name := range row.Contenders {
		why := all
		switch of, _ := contender.Ablated(name); of {
		case contender.Fio:
			why = cmp.Or(noFio(), noRing()) // it runs on io_uring here
		case contender.Ring, contender.RingOne, contender.WithTimeout, contender.Batch, contender.Callbacks, contender.Floor, contender.FloorGo:
			why = noRing()
		}
		if why != "" {
			reasons[name] = why
		}
	}
	return reasons
}

// noDirect tries O_DIRECT: some filesystems in memory refuse it.
func noDirect(dir string) string {
	f, err := os.OpenFile(filepath.Join(dir, "direct"), os.O_RDWR|os.O_CREATE|syscall.O_DIRECT, 0o600)
	if err != nil {
		return "no O_DIRECT: " + err.Error() + "; -dir chooses another directory"
	}
	_ = f.Close() // nothing was written
	return ""
}

func noFio() string {
	if _, err := exec.LookPath("fio"); err != nil {
		return "not installed"
	}
	return ""
}

// noRing tries an io_uring: containers and hardened systems often forbid it.
var noRing = sync.OnceValue(func() string {
	io, _, err := contender.IO(contender.Ring, 1)
	if err != nil {
		return err.Error()
	}
	_ = io.Close() // it was only tried
	return ""
})
