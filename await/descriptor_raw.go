package await

import "context"

// until calls f, and again each time the descriptor is ready for event, until f
// has done its work, a deadline passes or d is closed.
func (d *descriptor) until(f func(fd uintptr) bool, dir direction, event int) error {
	for {
		if err := d.check(dir); err != nil {
			return err
		}
		done := false
		err := d.use(func(fd int) error {
			done = f(uintptr(fd))
			return nil
		})
		if done || err != nil {
			return err
		}
		_, err = d.call(context.Background(), dir, func(w *waiter) error {
			return w.p.Poll(&w.c, d.fd, event, deliver)
		})
		if err != nil {
			return err
		}
	}
}
