//go:build unix

package sim

import (
	"net/netip"

	"github.com/awaitio/awaitio/internal/sim"
)

// A Packet is what passes over a Link.
type Packet struct {
	From, To string         // the hosts
	Kind     PacketKind     // what it is
	Src, Dst netip.AddrPort // the addresses
	Data     []byte         // what it carries, which must not be changed or kept
}

// A PacketKind is what a Packet is.
type PacketKind uint8

// The kinds of packets.
const (
	PacketDatagram PacketKind = iota
	PacketConnect             // asks for a connection, or grants one
	PacketData                // of a connection
	PacketEnd                 // of one direction of a connection
	PacketReset               // the connection is broken, or was refused
)

var packetKinds = map[sim.PacketKind]PacketKind{
	sim.PacketDatagram: PacketDatagram,
	sim.PacketConnect:  PacketConnect,
	sim.PacketData:     PacketData,
	sim.PacketEnd:      PacketEnd,
	sim.PacketReset:    PacketReset,
}

var packetWords = [...]string{"datagram", "connect", "data", "end", "reset"}

// String is the kind in words.
func (k PacketKind) String() string {
	if int(k) < len(packetWords) {
		return packetWords[k]
	}
	return "unknown packet"
}

func packetOf(p sim.Packet) Packet {
	return Packet{From: p.From, To: p.To, Kind: packetKinds[p.Kind], Src: p.Src, Dst: p.Dst, Data: p.Data}
}
