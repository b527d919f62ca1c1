// Package inspect shows the state of IOs of package await while a program runs: as a page for a
// browser, JSON, plain text, expvar and log lines.
//
//	http.Handle("/debug/awaitio", inspect.Handler())
//	log.Fatal(http.ListenAndServe("localhost:6060", nil))
//
// The page shows which backend runs and why, what each loop does, and which calls wait, for how
// long and for what. It also shows how often and how fast calls of each kind were made. It only
// reads, so a request changes nothing. By default only this machine can see it: see
// Options.Allow.
//
// Package await does not import this package, so a program that does not use it does not link
// net/http because of it.
package inspect
