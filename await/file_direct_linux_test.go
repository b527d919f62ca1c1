package await

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestDirectIO(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		path := filepath.Join(tempDir(t), "file")
		f, err := config.Open(background, path, os.O_RDWR|os.O_CREATE|unix.O_DIRECT, 0o600)
		if errors.Is(err, unix.EINVAL) {
			t.Skipf("this file system has no O_DIRECT: %v", err)
		}
		must(t, err)
		defer f.Close()
		b := AlignedBuffer(64 << 10)
		copy(b, testutil.FileContents(0, len(b)))
		n, err := f.WriteAt(b, 4096)
		wantCount(t, "WriteAt", n, err, len(b))
		got := AlignedBuffer(len(b))
		n, err = f.ReadAt(got, 4096)
		wantCount(t, "ReadAt", n, err, len(b))
		if !bytes.Equal(got, b) {
			t.Error("read others than were written")
		}
		must(t, f.ReadAtBatch(background, []FileRange{{Buf: got[:4096], Offset: 8192}, {Buf: got[4096:8192]}}))
		if config.Lending == LendAlways {
			return // goes through buffers that are aligned whatever the caller's are
		}
		if _, err = f.ReadAt(got[1:513], 4096); err == nil {
			t.Log("this file system reads into what is not aligned")
		} else {
			wantIs(t, err, unix.EINVAL)
		}
		_, err = f.ReadAt(got[:4096], 7)
		wantIs(t, err, unix.EINVAL)
	})
}

// At the limit of descriptors the error is EMFILE, and what is open goes on.
func TestOpenAtTheLimitOfDescriptors(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := patterned(t, config, 100, os.O_RDONLY)
		var old unix.Rlimit
		must(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &old))
		limit := old
		limit.Cur = uint64(f.Fd()) // the numbers below are in use, or soon
		must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
		defer func() { must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &old)) }()
		var opened []*File
		defer func() {
			for _, f := range opened {
				must(t, f.Close())
			}
		}()
		for range 100 {
			g, err := config.Open(background, f.Name(), os.O_RDONLY, 0)
			if err != nil {
				wantIs(t, err, unix.EMFILE)
				n, err := f.ReadAt(make([]byte, 100), 0)
				wantCount(t, "ReadAt at the limit", n, err, 100)
				return
			}
			opened = append(opened, g)
		}
		t.Error("no limit was met")
	})
}

// There is no writing to what the kernel has for reading.
func TestOpenOfWhatIsNotPermitted(t *testing.T) {
	testutil.AsNobody(t, func() {
		onConfigs(t, func(t *testing.T, config FileConfig) {
			_, err := config.Open(background, "/proc/sys/kernel/ostype", os.O_RDWR, 0)
			wantIs(t, err, os.ErrPermission)
		})
	})
}
