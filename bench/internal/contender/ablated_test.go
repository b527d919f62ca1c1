package contender

import (
	"testing"

	"github.com/awaitio/awaitio/internal/ablate"
)

func TestAblated(t *testing.T) {
	for name, want := range map[string][2]string{
		Ring:                            {Ring, ""},
		With(RingOne, ablate.Spin):      {RingOne, ""},
		Without(RingOne, ablate.Spin):   {RingOne, "spin"},
		Without(Epoll, ablate.FreeList): {Epoll, "freelist"},
	} {
		if of, m := Ablated(name); of != want[0] || m != want[1] {
			t.Errorf("%q is %q without %q, want %q", name, of, m, want)
		}
	}
}
