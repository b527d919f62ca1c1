// Compat runs the test suites of other packages on this library.
//
// It copies the source tree of the installed Go and patches the copy, so that
// package net returns connections of package await: a hook in each of
// Dialer.DialContext, ListenConfig.Listen and ListenConfig.ListenPacket. The tests
// of packages that use net, such as net/http, then run twice: with the hooks off,
// as the control, and with the hooks on. A test that fails only with the hooks on is a
// difference. known.txt lists the known differences with their reasons; any other
// difference is an error.
//
// Nothing of the tree is kept in the repository. The copy is in the user's cache,
// one for each version of Go and of the patches.
//
// A test that fails with the hooks on is run again, at most twice, and counts as passed
// if it passes then: many tests have time limits that a busy machine does not meet.
//
//	go run ./internal/compat [-core] [-race] [-out file] [package ...]
package main
