// Package floor is echo servers with nothing between them and the kernel that could be left out. They
// show how much there is to gain, and serve as no library. Echo is one thread with one io_uring, without
// goroutines. Goroutines is the same with a goroutine for each connection: the least that a library pays
// whose calls block. Epoll is that on epoll, and Nops that of a call that does nothing.
package floor
