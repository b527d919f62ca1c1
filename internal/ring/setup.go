//go:build linux

package ring

import "golang.org/x/sys/unix"

// Config sizes a Ring. The zero value works.
type Config struct {
	// Entries is the size of the submission queue, rounded up to a power of
	// two. 0 means 256; the least is 2, so that a linked pair always fits; the
	// kernel's most is 32768, to which a larger value is cut.
	Entries uint32

	// CompletionEntries is the size of the completion queue, rounded up to a
	// power of two. 0 means 8 times Entries and at least 4096. The kernel
	// wants no less than Entries and no more than 65536.
	CompletionEntries uint32

	// Workers is how many operations may block a thread at once. 0 means 1.
	Workers int

	// Without are setup flags not to try. Tests imitate older kernels with it,
	// and with those below.
	Without uint32

	// WithoutFeatures are IORING_FEAT_ bits to take for missing.
	WithoutFeatures uint32

	// WithoutOps are operations of the seam, 1<<Op, to take for unknown.
	WithoutOps uint32

	// WithoutLinks takes linked timeouts for unknown.
	WithoutLinks bool
}

const (
	entriesDefault              = 256
	entriesMin                  = 2
	completionsPerEntry         = 8
	completionEntriesDefaultMin = 4096
)

// withDefaults fills in what is zero and raises what is too small.
func (c Config) withDefaults() Config {
	if c.Entries == 0 {
		c.Entries = entriesDefault
	}
	c.Entries = max(c.Entries, entriesMin)
	if c.CompletionEntries == 0 {
		// Clamped first, or the product could wrap round.
		c.CompletionEntries = max(min(c.Entries, 1<<16)*completionsPerEntry, completionEntriesDefaultMin)
	}
	c.CompletionEntries = max(c.CompletionEntries, c.Entries)
	return c
}

// optionalFlags are the flags to try, newest first: the order in which they
// are given up when the kernel says EINVAL, as it does to a flag it does not
// know. There is no other way to ask (liburing#906). TASKRUN_FLAG comes before
// COOP_TASKRUN because it is not valid alone.
var optionalFlags = [...]uint32{
	IORING_SETUP_NO_SQARRAY,
	IORING_SETUP_TASKRUN_FLAG,
	IORING_SETUP_COOP_TASKRUN,
	IORING_SETUP_SUBMIT_ALL,
	IORING_SETUP_CLAMP,
	IORING_SETUP_CQSIZE,
}

// wantedFlags are the flags of the first try.
func wantedFlags(without uint32) uint32 {
	var flags uint32
	for _, f := range optionalFlags {
		flags |= f
	}
	if without&IORING_SETUP_COOP_TASKRUN != 0 {
		without |= IORING_SETUP_TASKRUN_FLAG
	}
	return flags &^ without
}

// dropNewest gives up one flag, or says that none is left.
func dropNewest(flags uint32) (uint32, bool) {
	for _, f := range optionalFlags {
		if flags&f != 0 {
			return flags &^ f, true
		}
	}
	return 0, false
}

// setup makes the kernel object with as many of the flags as it accepts.
// io_uring_setup(2) marks the descriptor close-on-exec itself.
func setup(c Config) (fd int, p params, err error) {
	for flags := wantedFlags(c.Without); ; {
		p = params{flags: flags}
		if flags&IORING_SETUP_CQSIZE != 0 {
			p.cqEntries = c.CompletionEntries
		}
		fd, errno := sysSetup(c.Entries, &p)
		if errno == 0 {
			return fd, p, nil
		}
		var more bool
		if flags, more = dropNewest(flags); errno != unix.EINVAL || !more {
			return -1, p, setupError("io_uring_setup", errno)
		}
	}
}

// Open makes a ring. An error names the likely cause; errors.Is finds the
// errno in it, and errors.ErrUnsupported when io_uring is missing or forbidden.
func Open(c Config) (*Ring, error) {
	fd, p, err := setup(c.withDefaults())
	if err != nil {
		return nil, err
	}
	m, err := mapAll(fd, &p)
	if err != nil {
		_ = unix.Close(fd) // the mapping's error is the one to tell
		return nil, err
	}
	p.features &^= c.WithoutFeatures
	return newRing(fd, p, m), nil
}
