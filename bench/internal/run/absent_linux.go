package run

import (
	"os/exec"
	"sync"

	"github.com/awaitio/awaitio/bench/internal/contender"
)

// absent is who of the contenders is not to be had here, and why.
func absent(names []string) map[string]string {
	reasons := map[string]string{}
	for _, name := range names {
		why := ""
		switch name {
		case contender.Fio:
			why = noFio()
		case contender.Ring, contender.WithTimeout, contender.Floor:
			why = noRing()
		}
		if why != "" {
			reasons[name] = why
		}
	}
	return reasons
}

func noFio() string {
	if _, err := exec.LookPath("fio"); err != nil {
		return "not installed"
	}
	return ""
}

// noRing tries an io_uring: containers and hardened systems often forbid it.
var noRing = sync.OnceValue(func() string {
	io, _, err := contender.IO(contender.Ring)
	if err != nil {
		return err.Error()
	}
	_ = io.Close() // it was only tried
	return ""
})
