// Package simdisk is a disk with a file system in memory, which can lose power.
//
// A Disk has two states. What calls see is the page cache; what is stable is what the
// device holds. Between the two is an ordered list of effects: bytes in sectors, sizes,
// names, attributes. A sync makes effects stable, as the disk's Model says which; so does
// Writeback, from the oldest on. Crash is a power failure: it leaves a new Disk whose two
// states are what was stable and some of the other effects, a set that the Model allows.
//
//	d := simdisk.New(simdisk.Config{Model: simdisk.Ext4})
//	f, errno := d.Open(nil, "/log", unix.O_CREAT|unix.O_WRONLY, 0o644)
//	n, errno := f.Write([]byte("entry"), -1)
//	for image := range d.CrashImages(100) { ... } // the log is there, whole or short, or is not
//
// # What a crash can leave
//
// Bytes are torn at sectors: of several writes to one sector, a crash keeps the first few.
// Names are atomic, renames too. Beyond that the models differ.
//
//   - Strict is what POSIX says and no more. A sync of a file covers its bytes, size and
//     attributes; names are kept by a sync of their directory. All else is kept or lost by
//     itself, so a file may have its new size and zeros in it.
//   - Ext4 has one journal (data=ordered). Names, attributes and truncations are kept in
//     order. A file grows once its bytes are written: an append may be short, and is never
//     wrong. A rename that replaces a file brings the bytes of the new one (auto_da_alloc).
//     A sync of a file also keeps all names from before the file's last change.
//   - XFS has a journal as well, and a file grows in the same way. A rename brings no bytes:
//     the file may be short or empty. A truncation to a larger size brings them.
//   - Durable loses nothing.
//
// After a failed sync the pages count as clean, as Linux has it: calls see the bytes until
// the crash, they are gone after it, and the next sync succeeds.
//
// # What it is not
//
// A Disk has no clock, no lock and no source of chance. The caller says what time it is,
// calls from one goroutine at a time, and hands in a Chance. All callers are root: modes
// are kept, and forbid nothing. Results and errnos are those of Linux.
package simdisk
