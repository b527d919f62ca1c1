package wire

// What a load generator can run on, the best first.
const (
	IOUring = "io_uring" // all requests and answers of a turn with one system call
	Epoll   = "epoll"    // two for each request, and one for each turn
)

// A Spec tells a child what it is to be and do. Fields that its work does not
// know are zero.
type Spec struct {
	Contender string // who does the work: "net", "awaitio", ...
	Work      string // what is done: "echo", "http", "read", ...
	Addr      string // where the server is; for the load generator
	Generator string // what the load generator runs on, "" for the best there is
	Conns     int    // connections
	Size      int    // bytes of a message, or of a read
	Depth     int    // calls at the same time
	Count     int    // how many of what is counted: timers, files, blocked calls
	FileMiB   int    // of the file that is read or copied
	Direct    bool   // past the page cache
	Cold      bool   // the page cache is told to forget what is read next
	Abandon   bool   // the file may be abandoned: await.FileConfig
	Procs     int    // GOMAXPROCS of who is measured, 0 for Go's default
	Loops     int    // of ours, 0 for the default
	Dir       string // where files may be made
	Without   string // a mechanism of ours that is switched off; see package ablate
}
