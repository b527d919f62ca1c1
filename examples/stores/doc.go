// Package stores runs two storage engines on files of package await: FS is a vfs.FS for pebble, and
// OpenFile opens the database file of bbolt. It has a go.mod of its own, so that nobody else downloads
// the engines.
package stores
