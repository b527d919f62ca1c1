// Package netname knows names, addresses and networks as package net does: how "tcp4" and
// "host:http" become addresses, which kind of socket an address needs, and how an address
// from the kernel reads. It computes on package net's types, and looks names up with a
// net.Resolver, so tables can test all of it. It must never open a descriptor, and must
// know nothing of loops, backends or operations.
package netname
