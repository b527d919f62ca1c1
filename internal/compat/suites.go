package main

// A suite is a package whose tests run.
type suite struct {
	path string
	core bool   // short enough to run on each change
	skip string // a test that fails in a copy of the tree, whatever net does
}

var suites = []suite{
	{path: "net/textproto", core: true},
	{path: "net/smtp", core: true},
	{path: "net/rpc", core: true},
	{path: "net/rpc/jsonrpc", core: true},
	{path: "net/http/httputil", core: true},
	{path: "net/http/httptest", core: true},
	{path: "log/syslog", core: true},
	{path: "golang.org/x/net/nettest", core: true},
	{path: "golang.org/x/crypto/ssh", core: true},
	{path: "golang.org/x/crypto/ssh/agent", core: true},
	{path: "net/http", core: true, skip: "TestOmitHTTP2"}, // runs go test within the tree
	{path: "crypto/tls"},
}

// modules are those of the suites that are not Go's own.
var modules = map[string]string{
	"golang.org/x/net":    "v0.56.0",
	"golang.org/x/crypto": "v0.54.0",
}
