package mounts

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Mount is a file system at its place in the tree.
type Mount struct {
	ID       uint64 // the kernel's number, which a later mount may get too; 0 on systems without them
	Unique   uint64 // a number that no other mount ever gets (Linux 6.8); 0 if not known
	Device   uint64 // major<<32 | minor, as its files have; files of a btrfs subvolume have another
	Root     string // the directory of the file system that is mounted
	Point    string // the directory where it is mounted
	Type     string // ext4, nfs4, fuse.sshfs
	Source   string // /dev/vda1, server:/export
	ReadOnly bool
	Class    Class

	layers []string // of an overlay
}

// Device returns the Device of a Mount.
func Device(major, minor uint32) uint64 { return uint64(major)<<32 | uint64(minor) }

// Parse reads the mounts from a proc_pid_mountinfo(5), in its order. A line that it does not
// understand is an error, because the format only grows by optional fields.
func Parse(r io.Reader) ([]Mount, error) {
	var all []Mount
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20) // an overlay lists all its layers
	for lines.Scan() {
		m, err := parseLine(lines.Text())
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, lines.Err()
}

// parseLine reads
//
//	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
//
// with any number of optional fields before the dash.
func parseLine(line string) (m Mount, err error) {
	before, after, ok := strings.Cut(line, " - ")
	fields, tail := strings.Fields(before), strings.Split(after, " ")
	if !ok || len(fields) < 6 {
		return m, fmt.Errorf("mountinfo: %q", line)
	}
	if m.ID, err = strconv.ParseUint(fields[0], 10, 64); err != nil {
		return m, fmt.Errorf("mountinfo: id: %w", err)
	}
	major, minor, _ := strings.Cut(fields[2], ":")
	M, err := strconv.ParseUint(major, 10, 32)
	if err != nil {
		return m, fmt.Errorf("mountinfo: device: %w", err)
	}
	n, err := strconv.ParseUint(minor, 10, 32)
	if err != nil {
		return m, fmt.Errorf("mountinfo: device: %w", err)
	}
	m.Device = Device(uint32(M), uint32(n))
	m.Root, m.Point, m.Type = unescape(fields[3]), unescape(fields[4]), unescape(tail[0])
	if len(tail) > 1 {
		m.Source = unescape(tail[1])
	}
	if m.Type == "overlay" && len(tail) > 2 {
		m.layers = layersOf(tail[2])
	}
	m.ReadOnly = hasOption(fields[5], "ro") || hasOption(tail[len(tail)-1], "ro")
	return m, nil
}

// layersOf returns the directories that an overlay with these options joins.
func layersOf(options string) (dirs []string) {
	for o := range strings.SplitSeq(options, ",") {
		switch name, value, _ := strings.Cut(o, "="); name {
		case "lowerdir":
			for dir := range strings.SplitSeq(value, ":") {
				dirs = append(dirs, unescape(dir))
			}
		case "lowerdir+", "datadir+", "upperdir":
			dirs = append(dirs, unescape(value))
		}
	}
	return dirs
}

func hasOption(options, name string) bool {
	for o := range strings.SplitSeq(options, ",") {
		if o == name {
			return true
		}
	}
	return false
}

// unescape decodes the characters that the kernel writes as a backslash and three octal digits:
// space, tab, newline, backslash and number sign (mangle in fs/proc_namespace.c).
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				out = append(out, byte(n))
				i += 3
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}
