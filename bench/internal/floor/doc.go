// Package floor is an echo server with nothing between it and the kernel: one
// thread, one io_uring, no goroutine per connection and no call that blocks but
// the one that submits and waits. It shows how much there is to gain, and serves
// as no library.
package floor
