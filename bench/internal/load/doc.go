// Package load is the load generator, the same one for all servers: one thread,
// one epoll instance, and connections that each send a request, wait for its
// whole answer, and send the next. It is as cheap as it can be, because on a
// machine of few cores it competes with the server.
package load
