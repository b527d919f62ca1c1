package apitest

import "strings"

// pinned is the Go release whose names are decided. With another one, names that
// nobody has decided about are told but are no failure.
const pinned = "go1.26"

// counterparts are the types that package await has its own of. A type of several
// networks may have several.
var counterparts = map[string][]string{
	"net.Dialer":       {"Dialer"},
	"net.ListenConfig": {"ListenConfig"},
	"net.TCPConn":      {"Conn"},
	"net.TCPListener":  {"Listener"},
	"net.UDPConn":      {"PacketConn"},
	"net.UnixConn":     {"Conn", "PacketConn"},
	"net.UnixListener": {"Listener"},
	"os.File":          {"File"},
	"os.Root":          {"Root"},
	"net.Pipe":         {}, // await.Pipe is that of package os
}

// same are the functions and types that programs go on using, by package. Variables
// and constants all are.
var same = map[string][]string{
	"net": strings.Fields(`
		Addr AddrError Buffers CIDRMask Conn DNSConfigError DNSError Error Flags HardwareAddr IP IPAddr IPMask IPNet IPv4 IPv4Mask
		Interface InterfaceAddrs InterfaceByIndex InterfaceByName Interfaces InvalidAddrError JoinHostPort KeepAliveConfig Listener
		LookupAddr LookupCNAME LookupHost LookupIP LookupMX LookupNS LookupPort LookupSRV LookupTXT MX NS OpError PacketConn
		ParseCIDR ParseError ParseIP ParseMAC Pipe ResolveIPAddr ResolveTCPAddr ResolveUDPAddr ResolveUnixAddr Resolver SRV
		SplitHostPort TCPAddr TCPAddrFromAddrPort UDPAddr UDPAddrFromAddrPort UnixAddr UnknownNetworkError`),
	"os": strings.Fields(`
		Chdir Clearenv DirEntry Environ Executable Exit Expand ExpandEnv FileInfo FileMode FindProcess Getegid Getenv Geteuid Getgid
		Getgroups Getpagesize Getpid Getppid Getuid Getwd Hostname IsExist IsNotExist IsPathSeparator IsPermission IsTimeout LinkError
		LookupEnv NewSyscallError PathError ProcAttr Process ProcessState Setenv Signal StartProcess SyscallError TempDir Unsetenv
		UserCacheDir UserConfigDir UserHomeDir`),
}

// notHere are the names without a counterpart, and the way round. One of a type is
// for its methods and fields too.
var notHere = map[string]string{
	"net.DialIP":           "net's own: raw IP sockets are for few packets, and package x/net asks for `*net.IPConn`",
	"net.ListenIP":         "as `DialIP`",
	"net.IPConn":           "as `DialIP`",
	"net.Dialer.DialIP":    "as `DialIP`",
	"net.Dialer.Cancel":    "deprecated in net: the context of `DialContext`",
	"net.Dialer.DualStack": "deprecated in net: `FallbackDelay`, negative for no fallback",
	"net.FileConn":         "`AdoptConn` of what `net.FileConn` returns",
	"net.FileListener":     "`AdoptListener` of what `net.FileListener` returns",
	"net.FilePacketConn":   "`AdoptPacketConn` of what `net.FilePacketConn` returns",
}

// notes say what differs, or where else to look. A name whose signature differs
// must have one.
var notes = map[string]string{
	"net.Dial":                      "`DialStream` and `DialDatagram` return the concrete types",
	"net.Listen":                    "`ListenStream` returns the concrete type; with a context: `ListenConfig.Listen`, `ListenConfig.ListenStream`",
	"net.ListenPacket":              "`ListenDatagram` returns the concrete type; with a context: `ListenConfig.ListenPacket`, `ListenConfig.ListenDatagram`",
	"net.DialTCP":                   "with a context: `Dialer.DialTCP`",
	"net.DialTimeout":               "with a context: `Dialer.DialContext`",
	"net.DialUDP":                   "with a context: `Dialer.DialUDP`",
	"net.DialUnix":                  "unix and unixpacket; `DialUnixgram` for unixgram; with a context: `Dialer.DialUnix`, `Dialer.DialUnixgram`",
	"net.Dialer.DialUnix":           "unix and unixpacket; `Dialer.DialUnixgram` for unixgram",
	"net.Dialer.Dial":               "`Dialer.DialStream` and `DialDatagram`, with a context, return the concrete types",
	"net.ListenConfig.Listen":       "`ListenConfig.ListenStream` returns the concrete type",
	"net.ListenConfig.ListenPacket": "`ListenConfig.ListenDatagram` returns the concrete type",
	"os.NewFile":                    "returns an error too, and no file with it",
	"os.OpenRoot":                   "a `*await.Root`, whose files are `*await.File`; built over `os.Root`",
	"os.Root.OpenRoot":              "a `*await.Root`",
	"os.CopyFS":                     "the kernel copies between files of ours, such as those of `DirFS`",
	"os.Pipe":                       "in blocking mode, for child processes; takes deadlines and contexts all the same",
	"net.ListenUnixgram":            "a `*PacketConn`",
	"net.TCPListener.AcceptTCP":     "with a context: `Listener.AcceptContext`",
	"net.UnixListener.AcceptUnix":   "with a context: `Listener.AcceptContext`",
	"net.UnixConn.ReadFrom":         "of a `Conn` it is that of `io.ReaderFrom`: one for unixpacket is no `net.PacketConn`; `Read` reads a record",
	"net.UnixConn.WriteTo":          "of a `Conn` it is that of `io.WriterTo`: one for unixpacket is no `net.PacketConn`; `Write` writes a record",
	"net.UnixConn.ReadFromUnix":     "a `Conn` has one peer: `Read`",
	"net.UnixConn.WriteToUnix":      "a `Conn` has one peer: `Write`",
}
