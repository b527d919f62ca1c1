module github.com/awaitio/awaitio/examples/simulated

go 1.25.0

require github.com/awaitio/awaitio v0.0.0

replace github.com/awaitio/awaitio => ../..
