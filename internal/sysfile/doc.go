// Package sysfile has the system calls on files that differ from system to system.
// Every call blocks its thread; who may wait where is for its callers to decide.
package sysfile
