package simproc

import (
	"bytes"
	"errors"
	"fmt"
)

// An idleTable is what runtime.isIdleInSynctest is in some releases of Go: for each reason to
// wait, a byte that tells whether a goroutine that waits for it is durably blocked.
type idleTable struct {
	releases string
	durable  []byte // the reasons that are
	mutexes  [3]int // sync.Mutex.Lock, sync.RWMutex.RLock, sync.RWMutex.Lock
}

// idleReasons is how many reasons there are, in all the releases below.
const idleReasons = 47

var idleTables = []idleTable{
	{"go1.25", []byte{3, 4, 10, 20, 21, 38, 40, 41, 42, 43, 44, 45}, [3]int{22, 23, 24}},
	{"go1.26 and go1.27", []byte{14, 15, 16, 17, 21, 38, 40, 41, 42, 43, 44, 45}, [3]int{22, 23, 24}},
}

var (
	errNoTable   = errors.New("the runtime has no table of waits that is known")
	errTwoTables = errors.New("more than one place looks like the runtime's table of waits")
)

// bytes is the table as it lies in memory.
func (t *idleTable) bytes() []byte {
	b := make([]byte, idleReasons)
	for _, reason := range t.durable {
		b[reason] = 1
	}
	return b
}

// setMutexes finds the one table in data, and sets its bytes for mutexes.
func setMutexes(data []byte) error {
	at, found := -1, (*idleTable)(nil)
	for i := range idleTables {
		t := &idleTables[i]
		want := t.bytes()
		switch n := bytes.Count(data, want); {
		case n == 0:
			continue
		case n > 1 || found != nil:
			return errTwoTables
		}
		at, found = bytes.Index(data, want), t
	}
	if found == nil {
		return errNoTable
	}
	for _, reason := range found.mutexes {
		data[at+reason] = 1
	}
	return nil
}

// PassMutexes has the clock of every bubble in this process pass over goroutines that wait
// for a sync.Mutex or a sync.RWMutex. It is for a process in which little runs beside the
// bubble: a mutex that is held outside of it would count as well. Call it before the bubble
// begins. An error means that nothing has changed.
func PassMutexes() error {
	data, err := writableData()
	if err != nil {
		return fmt.Errorf("find the runtime's data: %w", err)
	}
	return setMutexes(data)
}
