package fdcall

import "context"

// Until calls f, and again each time the descriptor is ready for event, until f
// has done its work, a deadline passes or d is closed.
func (d *Descriptor) Until(f func(fd uintptr) bool, dir Direction, event int) error {
	for {
		if err := d.Check(dir); err != nil {
			return err
		}
		done := false
		err := d.Use(func(fd int) error {
			done = f(uintptr(fd))
			return nil
		})
		if done || err != nil {
			return err
		}
		_, err = d.Call(context.Background(), dir, func(w *Waiter) error {
			return w.Proactor.Poll(&w.C, d.FD, event, Deliver)
		})
		if err != nil {
			return err
		}
	}
}
