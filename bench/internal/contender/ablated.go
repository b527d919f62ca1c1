package contender

import (
	"slices"
	"strings"

	"github.com/awaitio/awaitio/internal/ablate"
)

// Without is the contender name with a mechanism switched off.
func Without(name string, m ablate.Mechanism) string { return name + without + m.String() }

// With is the contender name as it is, to be measured just before Without: what the machine
// does besides changes within a round of many.
func With(name string, m ablate.Mechanism) string { return name + with + m.String() }

// Ablated is which contender name is otherwise, and the mechanism that it is without;
// "" if it has all.
func Ablated(name string) (of, mechanism string) {
	if of, _, ok := strings.Cut(name, with); ok {
		return of, ""
	}
	of, mechanism, _ = strings.Cut(name, without)
	return of, mechanism
}

const with, without = " with ", " without "

// Ours reports whether name is one of ours that mechanisms are measured with.
func Ours(name string) bool { return slices.Contains([]string{Ring, Epoll, RingOne}, name) }
