module github.com/awaitio/awaitio/examples/cp

go 1.25.0

require (
	github.com/awaitio/awaitio v0.0.0
	github.com/vbauerster/mpb/v8 v8.12.0
	golang.org/x/sys v0.47.0
)

require (
	github.com/VividCortex/ewma v1.2.0 // indirect
	github.com/acarl005/stripansi v0.0.0-20180116102854-5a71ef0e047d // indirect
	github.com/clipperhouse/uax29/v2 v2.7.0 // indirect
	github.com/mattn/go-runewidth v0.0.20 // indirect
	go.uber.org/goleak v1.3.0 // indirect
)

replace github.com/awaitio/awaitio => ../..
