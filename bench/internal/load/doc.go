// Package load is the load generator, the same one for all servers: one thread, and
// connections that each send a request, wait for its whole answer, and send the next.
package load
