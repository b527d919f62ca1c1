// Package system is every call that packages await, fdcall and proactor make on the
// system beside their backend: sockets that are made and named, descriptors that are
// asked what they are, paths, and host names.
//
// Kernel is the system that the process runs on. A simulated host is another one, with
// descriptors of its own, and a backend that knows them. Whoever has a System must make no
// other call on its descriptors and paths.
//
// Transfers are not here. They are a backend's; where a caller's own thread makes one it
// calls packages socket and sysfile, and must not do so where Simulated says true.
package system
