package netname

import (
	"net"
	"sync"
	"time"
)

// zonesLife is how long a list of interfaces is used. An interface that was removed or
// renamed may be mistaken for that long.
const zonesLife = time.Minute

// interfaces are this machine's. A datagram from a link-local address needs one's
// name, and listing them takes several system calls.
var interfaces = zones{list: net.Interfaces, now: time.Now}

// zones keeps the names and numbers of interfaces for a while.
type zones struct {
	list func() ([]net.Interface, error)
	now  func() time.Time

	mu      sync.Mutex
	listed  time.Time
	names   map[int]string
	numbers map[string]int
}

// name is that of the interface with a number; one that is not known is looked for.
func (z *zones) name(index int) (name string, ok bool) {
	z.find(false, func() bool {
		name, ok = z.names[index]
		return ok
	})
	return name, ok
}

// index is the number of the interface with a name. A name that is rare is not looked for in a new
// list, if there is one that is recent.
func (z *zones) index(name string, rare bool) (index int, ok bool) {
	z.find(rare, func() bool {
		index, ok = z.numbers[name]
		return ok
	})
	return index, ok
}

// find calls known with a list that is recent, and, unless once says so, again with a new one
// if it has not found what it looks for.
func (z *zones) find(once bool, known func() bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	age := z.now().Sub(z.listed)
	if z.names != nil && age >= 0 && age < zonesLife && (known() || once) {
		return
	}
	z.refresh()
	known()
}

// refresh makes the list anew. Where that fails the old one has to do.
func (z *zones) refresh() {
	list, err := z.list()
	if err != nil {
		return
	}
	z.listed = z.now()
	z.names, z.numbers = make(map[int]string, len(list)), make(map[string]int, len(list))
	for _, i := range list {
		z.names[i.Index] = i.Name
		if _, taken := z.numbers[i.Name]; !taken {
			z.numbers[i.Name] = i.Index
		}
	}
}
