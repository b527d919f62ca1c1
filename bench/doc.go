// Command bench compares this library with package net and os, and with others
// like it, in a way that others can repeat.
//
//	bench [-rows regexp] [-contenders a,b] [-rounds 5] [-duration 500ms] [-full] [-generator name] [-out directory]
//	bench -ablate name,name|all [-rows regexp] [-contenders a,b] [-out directory]
//	bench -list | -smoke
//
// For each row the contenders take turns, A B C A B C, and each turn is a process
// of its own, this program started again: a server under a load generator that is
// another process, or one that works on files or timers by itself. What is told
// first is the ratio to the first contender of the same round, because on a
// machine that does other work besides, only that stands still.
//
// The load generator is one for all: a thread with an io_uring or, in rows that say
// so, an epoll instance. Each of its connections sends a request when it has the answer
// to the last one. So the latencies are those of a server that has as much to do as
// it can take; the generator runs on the same machine and takes its part.
//
// With -ablate ours are measured beside themselves without one of the mechanisms that make
// them fast, in the same way; package internal/ablate lists them.
//
// With -out the report goes into the file BENCHMARKS.md of that directory,
// between its markers, and plots into its directory bench; that of -ablate goes into
// decisions/policy.md. With -results what is measured is added to a file, and the report
// is of all that is in it: a long run can be made in pieces.
//
// Processor time is that of the server's process alone, the kernel's threads for
// its io_uring included. System calls are counted by the kernel's tracepoint in a
// stretch of their own after the one that is timed, where that is permitted.
//
// The exit status is 1 if a contender failed that is to be had on this machine,
// and 2 if the command line makes no sense. fio, where it is installed, joins in
// the rows about reads.
package main
