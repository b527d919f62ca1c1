//go:build !kqueue

package testutil

// Poller names the backend of this system that is not asked to make calls but tells when they
// would not wait.
const Poller = "epoll"
