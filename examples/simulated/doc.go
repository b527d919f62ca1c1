// Package simulated has programs that package sim tries: wal is a write-ahead log, pages a file with two
// meta pages as bbolt has them, retry a client that asks until it is answered, raftkv a store on a few
// nodes that hashicorp/raft keeps alike, pebblefs a storage engine. Each is a package with its tests beside it, and with bugs that can be switched on,
// which its tests find. It has a go.mod of its own, so that nobody else downloads what they need.
package simulated
