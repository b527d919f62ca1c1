module github.com/awaitio/awaitio/examples/simulated

go 1.25.0

require (
	github.com/awaitio/awaitio v0.0.0
	go.uber.org/goleak v1.3.0
)

require golang.org/x/sys v0.47.0 // indirect

replace github.com/awaitio/awaitio => ../..
