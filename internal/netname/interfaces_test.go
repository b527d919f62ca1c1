package netname

import (
	"errors"
	"net"
	"testing"
	"time"
)

// A network is what a list of interfaces is made of, in a test.
type network struct {
	interfaces []net.Interface
	err        error
	listed     int
	now        time.Time
}

func (n *network) zones() *zones {
	n.now = time.Now()
	list := func() ([]net.Interface, error) { n.listed++; return n.interfaces, n.err }
	return &zones{list: list, now: func() time.Time { return n.now }}
}

func (n *network) want(t *testing.T, z *zones, index int, name string, known bool, listed int) {
	t.Helper()
	gotName, named := z.name(index)
	gotIndex, numbered := z.index(name, false)
	if named != known || numbered != known || known && (gotName != name || gotIndex != index) {
		t.Errorf("%d is %q, %t, and %q is %d, %t; want known: %t", index, gotName, named, name, gotIndex, numbered, known)
	}
	if n.listed != listed {
		t.Errorf("the interfaces were listed %d times, want %d", n.listed, listed)
	}
}

func TestZonesAreListedOnce(t *testing.T) {
	n := &network{interfaces: []net.Interface{{Index: 1, Name: "lo"}, {Index: 7, Name: "eth0"}}}
	z := n.zones()
	for range 10 {
		n.want(t, z, 1, "lo", true, 1)
		n.want(t, z, 7, "eth0", true, 1)
	}
	n.now = n.now.Add(zonesLife - 1)
	n.want(t, z, 7, "eth0", true, 1)
}

func TestZonesAreListedAgainForOneThatIsNotKnown(t *testing.T) {
	n := &network{interfaces: []net.Interface{{Index: 1, Name: "lo"}}}
	z := n.zones()
	n.want(t, z, 1, "lo", true, 1)
	n.want(t, z, 7, "eth0", false, 3) // by number and by name
	n.interfaces = append(n.interfaces, net.Interface{Index: 7, Name: "eth0"})
	n.want(t, z, 7, "eth0", true, 4)
}

func TestNameOfDigitsIsLookedForInARecentList(t *testing.T) {
	n := &network{interfaces: []net.Interface{{Index: 1, Name: "lo"}, {Index: 3, Name: "7"}}}
	z := n.zones()
	for range 2 {
		if got, ok := z.index("7", true); got != 3 || !ok {
			t.Errorf("the interface named 7 is %d, %t", got, ok)
		}
		if _, ok := z.index("8", true); ok || n.listed != 1 {
			t.Errorf("8 is one: %t, and the interfaces were listed %d times", ok, n.listed)
		}
	}
}

func TestZonesGetOld(t *testing.T) {
	n := &network{interfaces: []net.Interface{{Index: 7, Name: "old"}}}
	z := n.zones()
	n.want(t, z, 7, "old", true, 1)
	n.interfaces = []net.Interface{{Index: 7, Name: "new"}}
	n.want(t, z, 7, "old", true, 1)
	n.now = n.now.Add(zonesLife)
	n.want(t, z, 7, "new", true, 2)
	n.now = n.now.Add(-time.Hour) // a clock that was set back makes nothing young
	n.want(t, z, 7, "new", true, 3)
}

func TestZonesThatCannotBeListed(t *testing.T) {
	n := &network{err: errors.New("no")}
	z := n.zones()
	n.want(t, z, 1, "lo", false, 2)
	n.err, n.interfaces = nil, []net.Interface{{Index: 1, Name: "lo"}}
	n.want(t, z, 1, "lo", true, 3)
	n.err = errors.New("no")
	n.now = n.now.Add(zonesLife)
	n.want(t, z, 1, "lo", true, 5) // the old list has to do
}
