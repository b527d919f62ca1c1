//go:build !kqueue

package proactor

import (
	"testing"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/ring"
)

func TestRingWithout(t *testing.T) {
	if c := ringConfig(Config{}); c.Without != 0 || c.WithoutFeatures != 0 {
		t.Errorf("the ring goes without %#x and %#x", c.Without, c.WithoutFeatures)
	}
	t.Cleanup(ablate.Switch(ablate.Of(ablate.Taskrun, ablate.Notifications)))
	if c := ringConfig(Config{}); c.Without != ring.IORING_SETUP_COOP_TASKRUN || c.WithoutFeatures != ring.MuteFeature {
		t.Errorf("the ring goes without %#x and %#x", c.Without, c.WithoutFeatures)
	}
}
