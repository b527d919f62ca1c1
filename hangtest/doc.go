// Package hangtest holds package await to what it promises of file systems that do not answer, on
// a real one: go-fuse serves a directory from a process of its own, which the tests stop, let go
// on and kill. It has nothing but tests; they need Linux, root and /dev/fuse.
package hangtest
