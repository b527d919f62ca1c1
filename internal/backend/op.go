package backend

// An Op is a kind of request.
type Op uint8

// The requests a backend serves, with the use of Request's fields beyond FD.
const (
	OpNop       Op = iota // nothing
	OpAccept              // Flags: SOCK_*, Name: room for the peer's address or nil; result: the descriptor
	OpConnect             // Name: the address
	OpRecv                // Buf, Flags: MSG_*; result: bytes, 0 at the end
	OpSend                // Buf, Flags: MSG_*; result: bytes
	OpRecvMsg             // Msg, Flags: MSG_*; result: bytes
	OpSendMsg             // Msg, Flags: MSG_*; result: bytes
	OpRead                // Buf, Offset (-1: the descriptor's position); result: bytes
	OpWrite               // Buf, Offset (-1: the descriptor's position); result: bytes
	OpFsync               // Flags: FsyncDataOnly
	OpOpenAt              // FD: directory, Name: path, Flags: O_*, Mode: permissions; result: the descriptor
	OpClose               // nothing
	OpStatx               // FD: directory, Name: path, Flags: AT_*, Mode: mask, Stat: where it goes
	OpShutdown            // Flags: SHUT_*
	OpSocket              // Mode: family, Flags: type, Offset: protocol; result: the descriptor
	OpPoll                // Flags: POLL*; result: the events that are there
	OpReadV               // Msg.Buffers, Offset (-1: the descriptor's position); result: bytes
	OpWriteV              // Msg.Buffers, Offset (-1: the descriptor's position); result: bytes
	OpWriteSync           // as OpWrite, and on the device: Flags: FsyncDataOnly; result: bytes, synced if they are all of Buf

	OpCount // how many there are
)

// FsyncDataOnly leaves out metadata that reading the data back does not need.
const FsyncDataOnly = 1

var opNames = [OpCount]string{
	"nop", "accept", "connect", "recv", "send", "recvmsg", "sendmsg", "read", "write",
	"fsync", "openat", "close", "statx", "shutdown", "socket", "poll",
	"readv", "writev", "write and fsync",
}

// String is the system call's name.
func (o Op) String() string {
	if o < OpCount {
		return opNames[o]
	}
	return "unknown operation"
}

// Sets of operations: 1<<Op for each.
const (
	// AllOps is every operation.
	AllOps = 1<<OpCount - 1

	// ThreadOps are the operations that the kernel does with the credentials, the
	// namespaces and the working directory of the thread that submits them. A goroutine
	// that is locked to a thread may have others than the rest of the program.
	ThreadOps = 1<<OpOpenAt | 1<<OpStatx | 1<<OpSocket | 1<<OpConnect

	// DescriptorOps are the operations whose result is a new descriptor, which has to be
	// closed when nobody takes it.
	DescriptorOps = 1<<OpAccept | 1<<OpOpenAt | 1<<OpSocket

	// OffsetOps are the transfers that have an offset.
	OffsetOps = 1<<OpRead | 1<<OpWrite | 1<<OpReadV | 1<<OpWriteV

	// SyncOps are the operations that end when bytes are on the device.
	SyncOps = 1<<OpFsync | 1<<OpWriteSync
)
