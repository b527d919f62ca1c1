// Package socket is the plain system calls on sockets that never wait. Errors are
// *os.SyscallError, as package net has them inside its *net.OpError; on systems that have
// no such sockets every call is errors.ErrUnsupported. It must never block a thread, and
// knows nothing of loops or of the operations that wait.
package socket
