package wal

import (
	"encoding/binary"
	"hash/crc32"
)

// headerSize is the size of what precedes an entry: its length and a checksum, of 4 bytes each.
const headerSize = 8

var table = crc32.MakeTable(crc32.Castagnoli)

// appendFrame appends an entry with its header.
func appendFrame(b, entry []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(entry)))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(entry, table))
	return append(b, entry...)
}

// readFrames returns the entries up to the first that is not whole, and how many bytes they take. A
// length of zero is none: a file whose size is stable before its bytes reads as zeros.
func readFrames(b []byte) (entries [][]byte, whole int) {
	for len(b)-whole >= headerSize {
		header, rest := b[whole:whole+headerSize], b[whole+headerSize:]
		size := int(binary.LittleEndian.Uint32(header))
		if size == 0 || size > len(rest) {
			break
		}
		entry := rest[:size:size]
		if crc32.Checksum(entry, table) != binary.LittleEndian.Uint32(header[4:]) {
			break
		}
		entries = append(entries, entry)
		whole += headerSize + size
	}
	return entries, whole
}
