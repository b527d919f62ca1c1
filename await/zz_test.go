package await

import ("testing";"testing/synctest";"time";"github.com/awaitio/awaitio/proactor")

func TestStartInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		io, err := Start(proactor.Config{})
		if err != nil { t.Fatal(err) }
		println("nop", io.Nop(background)==nil)
		s := time.Now()
		println("sleep", io.Sleep(background, 10*time.Millisecond)==nil, time.Since(s).String())
		println("close", io.Close()==nil)
	})
}
