module github.com/awaitio/awaitio/hangtest

go 1.25.0

require (
	github.com/awaitio/awaitio v0.0.0
	golang.org/x/sys v0.47.0
)

require github.com/hanwen/go-fuse/v2 v2.12.1

require go.uber.org/goleak v1.3.0

replace github.com/awaitio/awaitio => ..
