//go:build linux

package ring

import (
	"slices"
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
)

// What a ring was made with has a name, and a flag that was not asked for is not told of.
func TestSetupNamesAllOptionalFlags(t *testing.T) {
	for _, flag := range optionalFlags {
		if !slices.ContainsFunc(setupNames[:], func(n struct {
			flag uint32
			name string
		}) bool {
			return n.flag == flag
		}) {
			t.Errorf("setup flag %#x has no name", flag)
		}
	}
	b, err := NewBackend(Config{Without: IORING_SETUP_CQSIZE, WithoutOps: 1 << backend.OpShutdown})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if names := b.Setup(); slices.Contains(names, "IORING_SETUP_CQSIZE") || !slices.Contains(names, "IORING_SETUP_CLAMP") {
		t.Errorf("made without IORING_SETUP_CQSIZE and with IORING_SETUP_CLAMP, it tells of %q", names)
	}
	if b.Lacks()&(1<<backend.OpShutdown) == 0 || b.Lacks()&(1<<backend.OpRecv) != 0 {
		t.Errorf("lacks %#x", b.Lacks())
	}
}
