package report

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Here is the setting on this machine, now.
func Here(command string, rounds int, d time.Duration) Setting {
	return Setting{
		Machine:   fmt.Sprintf("%s, %d processors", processor(), runtime.NumCPU()),
		Kernel:    kernel(),
		Go:        runtime.Version(),
		Libraries: libraries(),
		Command:   command,
		Rounds:    rounds,
		Duration:  d,
		Date:      time.Now(),
	}
}

// processor is the model of the first one.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "Linux"
	}
	return "Linux " + unix.ByteSliceToString(name.Release[:])
}

// compared are the modules that a reader wants to know the versions of.
var compared = []string{
	"github.com/panjf2000/gnet/v2", "github.com/cloudwego/netpoll", "github.com/lesismal/nbio",
}

func libraries() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var found []string
	for _, path := range compared {
		for _, m := range info.Deps {
			if m.Path == path {
				found = append(found, path+" "+m.Version)
			}
		}
	}
	return found
}
