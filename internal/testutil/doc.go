// Package testutil holds what the tests of this module share: leak checks,
// descriptors to drive operations on, poisoned buffers and patient waiting.
//
// Only test code may import it.
package testutil
