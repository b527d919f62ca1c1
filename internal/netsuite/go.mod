module github.com/awaitio/awaitio/internal/netsuite

go 1.25.0

require (
	github.com/awaitio/awaitio v0.0.0
	golang.org/x/net v0.56.0
)

require (
	go.uber.org/goleak v1.3.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
)

replace github.com/awaitio/awaitio => ../..
