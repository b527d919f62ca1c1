// Package simulated has programs that package sim tries: a store on consensus, a write-ahead log, a
// client that retries, a storage engine. Each is a package with its tests beside it, and with bugs that
// can be switched on, which its tests find. It has a go.mod of its own, so that nobody else downloads
// what they need.
package simulated
