// Package serve has the servers that are compared, each written as a user of its
// library would: a goroutine for a connection on package net and on ours, an
// event handler on the others.
package serve
