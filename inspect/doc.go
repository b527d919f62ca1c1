// Package inspect shows what goes on in the IOs of package await while a program runs: a page
// for a browser, JSON, plain text, expvar and log lines.
//
//	http.Handle("/debug/awaitio", inspect.Handler())
//	log.Fatal(http.ListenAndServe("localhost:6060", nil))
//
// The page tells which backend runs and why, what each loop does, which calls wait, for how
// long and for what, and how often and how fast each kind of call was made. It only reads, so a
// request can change nothing. By default only this machine sees it: see Options.Allow.
//
// Package await does not import this package: a program without it has no net/http of it.
package inspect
