package wire

import "time"

// A Spec tells a child what it is to be and do. Fields that its work does not
// know are zero.
type Spec struct {
	Contender string // who does the work: "net", "awaitio", ...
	Work      string // what is done: "echo", "http", "read", ...
	Addr      string // where the server is; for the load generator
	Conns     int    // connections
	Size      int    // bytes of a message, or of a read
	Depth     int    // calls at the same time
	Count     int    // how many of what is counted: timers, files, blocked calls
	Direct    bool   // past the page cache
	Dir       string // where files may be made
}

// Warm is how long a child works before it says that it is ready: caches, pools
// and the sizes of socket buffers have settled by then.
const Warm = 100 * time.Millisecond
