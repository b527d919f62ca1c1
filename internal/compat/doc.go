// Compat runs the test suites of others over this library.
//
// It copies the source tree of the installed Go, and patches the copy so that
// package net answers with connections of package await: a hook in each of
// Dialer.DialContext, ListenConfig.Listen and ListenConfig.ListenPacket. The tests
// of packages that use net, such as net/http, run then twice: with the hooks off,
// as the control, and on. What fails with the hooks alone is a difference. The
// known ones are in known.txt with their reasons; another one is an error.
//
// Nothing of the tree is kept in the repository. The copy is in the user's cache,
// one for each version of Go and of what is patched into it.
//
// A test that fails with the hooks is run again, twice at most, and counts as passed
// if it passes: many have limits of time that a busy machine does not meet.
//
//	go run ./internal/compat [-core] [-race] [-out file] [package ...]
package main
