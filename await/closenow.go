package await

import "github.com/awaitio/awaitio/internal/socket"

// closeNow closes a descriptor that nobody has, past any proactor.
func closeNow(fd int) error { return socket.CloseDescriptor(fd) }
