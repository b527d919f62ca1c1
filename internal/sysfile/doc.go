// Package sysfile is the system calls on files, and what they want to be told, which
// differ from system to system: its callers have no file per platform for them. Every
// call blocks its thread until the kernel has answered; who may wait where is for its
// callers to decide. It must never wait for anything else, keeps no descriptor, wraps no
// error, and imports nothing but the standard library and golang.org/x/sys.
package sysfile
