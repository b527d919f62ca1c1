// Package netname knows what names, addresses and networks mean to package net: how
// "tcp4" and "host:http" become addresses, which kind of socket serves an address, and
// how an address reads once the kernel has told it. It is arithmetic on package net's
// types and the lookups that net.Resolver makes, so that everything in it can be tested
// with a table and without a socket. It must never open a descriptor, and it knows
// nothing of loops, backends or the operations that its answers are used for.
package netname
