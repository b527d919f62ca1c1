package fdcall

import (
	"testing"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

func TestListHasWhatIsLeftOnce(t *testing.T) {
	at := time.Unix(1, 2)
	left := proactor.Operation{Op: "read", State: proactor.StateLeft, File: true, FD: 3, Offset: 512, Since: at}
	other, later, socket, going := left, left, left, left
	other.Offset, later.Since, socket.File, going.State = 0, at.Add(1), false, proactor.StateInFlight
	got := once([]proactor.Operation{left, other, socket, socket, going, going, left, other, later})
	if len(got) != 7 {
		t.Errorf("%d operations, want 7: %+v", len(got), got)
	}
}
