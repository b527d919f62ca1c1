// Package raftkv is a key/value store on a few nodes, which is there and linearizable while a majority
// of them is. hashicorp/raft has them agree; its connections and its files are those of an await.IO.
package raftkv
