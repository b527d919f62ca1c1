package plan

import "slices"

// Rows are all there are, in the order in which they are run and shown.
func Rows() []Row {
	return slices.Concat(echoRows(), netRows(), fileRows(), callRows())
}
