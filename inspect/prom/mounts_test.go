package prom

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/awaitio/awaitio/await"
)

// mounted is a collector of mounts alone.
type mounted []await.MountState

func (m mounted) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, to) }

func (m mounted) Collect(to chan<- prometheus.Metric) {
	for _, one := range byPoint(m) {
		(scrape{to, "0"}).mount(one)
	}
}

// A dead mount and what is mounted over it are one series: a metric that comes twice fails the whole
// scrape.
func TestMountsInOnePlace(t *testing.T) {
	all := mounted{
		{Mount: "/a", Type: "nfs4", Stuck: 16, Oldest: time.Minute, Refused: 5, Left: 16},
		{Mount: "/a", Type: "nfs4", Stuck: 1, Oldest: time.Second, Refused: 1, Left: 1},
		{Mount: "/a", Type: "fuse"}, {Mount: "/b", Type: "nfs4"},
	}
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(all)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if n := len(f.GetMetric()); n != 3 {
			t.Errorf("%s has %d series", f.GetName(), n)
		}
	}
	sum := byPoint(all)[0]
	if sum.Stuck != 17 || sum.Oldest != time.Minute || sum.Refused != 6 || sum.Left != 17 {
		t.Errorf("%+v", sum)
	}
	if problems, err := testutil.GatherAndLint(r); err != nil || len(problems) > 0 {
		t.Error(err, problems)
	}
}
