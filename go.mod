module github.com/awaitio/awaitio

go 1.25.0

require (
	github.com/pawelgaczynski/giouring v0.0.0-20230826085535-69588b89acb9
	go.uber.org/goleak v1.3.0
	golang.org/x/sys v0.47.0
)
