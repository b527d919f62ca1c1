//go:build !(linux || freebsd || netbsd || openbsd || dragonfly)

package await

// sockNonblock is nothing where accept(2) takes no flags: connections inherit
// the mode of their listener.
const sockNonblock = 0

// acceptCall is the system call that package net names in errors.
const acceptCall = "accept"
