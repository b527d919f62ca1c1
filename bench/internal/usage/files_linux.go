package usage

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// filesWanted is enough for the largest row: ten thousand connections or files.
const filesWanted = 32 << 10

// RaiseFiles lets this process have as many descriptors as it may: rows that need
// more tell so when they run out.
func RaiseFiles() error {
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &now); err != nil {
		return fmt.Errorf("getrlimit: %w", err)
	}
	more := unix.Rlimit{Cur: max(now.Max, filesWanted), Max: max(now.Max, filesWanted)}
	if unix.Setrlimit(unix.RLIMIT_NOFILE, &more) == nil {
		return nil // root may raise the limit itself
	}
	more = unix.Rlimit{Cur: now.Max, Max: now.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &more); err != nil {
		return fmt.Errorf("setrlimit: %w", err)
	}
	return nil
}
