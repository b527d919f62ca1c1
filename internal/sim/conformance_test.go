//go:build unix

package sim

import (
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/backend/backendtest"
	"github.com/awaitio/awaitio/internal/testutil"
)

// A suiteWorld lends a World to the suite that every backend passes.
type suiteWorld struct {
	*World
	plan  Plan
	files int
}

var _ backendtest.World = (*suiteWorld)(nil)

func (s *suiteWorld) Open(t *testing.T) backend.Backend { return Inject(s.Backend(), 1, s.plan) }

func (s *suiteWorld) SocketPair(t *testing.T) (a, b int)          { return s.World.SocketPair() }
func (s *suiteWorld) DatagramPair(t *testing.T) (a, b int)        { return s.World.DatagramPair() }
func (s *suiteWorld) Pipe(t *testing.T) (r, w int)                { return s.World.Pipe() }
func (s *suiteWorld) Listen(t *testing.T) (fd int, addr net.Addr) { return s.World.Listen(16) }
func (s *suiteWorld) Disown(t *testing.T, fd int)                 {}
func (s *suiteWorld) OpenDescriptors(t *testing.T) int            { return len(s.Descriptors()) }

func (s *suiteWorld) File(t *testing.T, size int) (fd int, path string) {
	t.Helper()
	s.files++
	path = "/files/" + strconv.Itoa(s.files)
	s.CreateFile(path, testutil.FileContents(0, size))
	fd, err := s.World.Open(path, os.O_RDWR)
	if err != nil {
		t.Fatal(err)
	}
	return fd, path
}

// TestContract runs in real time: what the suite waits for is short.
func TestContract(t *testing.T) {
	short := Span{0, 200 * time.Microsecond}
	for name, s := range map[string]*suiteWorld{
		"perfect":        {World: New(1, Options{})},
		"one at a time":  {World: New(1, Options{Entries: 1})},
		"slow":           {World: New(1, Options{Late: short})},
		"slow disk":      {World: New(1, Options{FileDelay: short})},
		"in small parts": {World: New(1, Options{Segment: Sizes{1, 1000}})},
		"faulty": {World: New(1, Options{}), plan: Plan{Faults: []Fault{
			{Kind: Late, Share: 0.3, Delay: short},
			{Kind: Reorder, Share: 0.5},
			{Kind: FullQueue, Share: 0.3},
			{Kind: FullCancel, Share: 0.3},
			{Kind: EarlyWait, Share: 0.3},
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			backendtest.Run(t, s)
			if v := s.Violations(); len(v) > 0 {
				t.Errorf("violations: %q", v)
			}
		})
	}
}
