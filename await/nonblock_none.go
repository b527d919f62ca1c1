//go:build !(linux || freebsd || netbsd || openbsd || dragonfly)

package await

// sockNonblock is zero where accept(2) takes no flags.
const sockNonblock = 0

// acceptCall is the system call that package net names in errors.
const acceptCall = "accept"
