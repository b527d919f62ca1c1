package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"github.com/awaitio/awaitio/bench/internal/wire"
)

// runFio has fio make the reads, with io_uring, and keeps its own figures.
func runFio(s wire.Spec, name string, d time.Duration) (wire.Window, error) {
	out, err := exec.Command("fio",
		"--name=read", "--filename="+name, "--rw=randread", "--ioengine=io_uring", "--readonly",
		"--bs="+strconv.Itoa(s.Size), "--iodepth="+strconv.Itoa(s.Depth), "--direct="+strconv.Itoa(flag(s.Direct)), "--invalidate=0",
		"--time_based", fmt.Sprintf("--runtime=%dms", max(1, d.Milliseconds())),
		"--lat_percentiles=1", "--clat_percentiles=0", "--output-format=json").Output()
	if err != nil {
		return wire.Window{}, fmt.Errorf("fio: %w", err)
	}
	return parseFio(out)
}

func flag(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// fioReport is the part of fio's report that is looked at.
type fioReport struct {
	Jobs []struct {
		Read struct {
			IOs     int64   `json:"total_ios"`
			Millis  float64 `json:"runtime"`
			Latency struct {
				Percentile map[string]float64 `json:"percentile"`
			} `json:"lat_ns"`
		} `json:"read"`
		User   float64 `json:"usr_cpu"` // percent of the runtime
		System float64 `json:"sys_cpu"`
	} `json:"jobs"`
}

// parseFio gives values, not operations: it is another process that did them.
func parseFio(out []byte) (wire.Window, error) {
	var report fioReport
	if err := json.Unmarshal(out, &report); err != nil {
		return wire.Window{}, fmt.Errorf("fio's report: %w", err)
	}
	if len(report.Jobs) != 1 || report.Jobs[0].Read.IOs == 0 {
		return wire.Window{}, errors.New("fio reports no reads")
	}
	job := report.Jobs[0]
	each := job.Read.Millis * 1e3 / float64(job.Read.IOs)
	nanos := job.Read.Latency.Percentile
	return wire.Window{Elsewhere: true, Values: map[string]float64{
		"rate": 1e6 / each,
		"time": each,
		"cpu":  each * (job.User + job.System) / 100,
		"p50":  nanos["50.000000"] / 1e3,
		"p99":  nanos["99.000000"] / 1e3,
		"p999": nanos["99.900000"] / 1e3,
	}}, nil
}
