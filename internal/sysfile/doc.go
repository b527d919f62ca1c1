// Package sysfile has the system calls on files, with their flags and numbers, that differ
// between systems, so that its callers need no file per platform. Each call blocks its
// thread until the kernel answers; the caller decides which thread that is. The package
// must never import more than the standard library and golang.org/x/sys, keep a
// descriptor, or wrap an error.
package sysfile
