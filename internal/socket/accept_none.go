//go:build !(linux || freebsd || netbsd || openbsd || dragonfly)

package socket

// AcceptNonblock is zero where accept(2) takes no flags.
const AcceptNonblock = 0

// AcceptCall is the system call that package net names in errors.
const AcceptCall = "accept"
