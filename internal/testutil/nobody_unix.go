//go:build unix

package testutil

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is a user and a group to whom nothing belongs.
const nobody = 65534

// AsNobody runs test as a user to whom permission can be denied: here, or, where
// this process is root's, by running t, which has a function of its own, in a
// child that is nobody's. What t does outside test both do.
func AsNobody(t *testing.T, test func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		test()
		return
	}
	dir := t.TempDir()
	cmd := exec.Command(copyOfSelf(t, dir), "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=60s")
	cmd.Dir = dir // where the tests lie may be out of bounds
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) {
		t.Skipf("this root cannot become another user: %v", err)
	}
	switch told := string(out); {
	case err == nil && strings.Contains(told, "--- SKIP: "+t.Name()+" ("):
		t.Skipf("as nobody: %s", out)
	case err != nil || !strings.Contains(told, "--- PASS: "+t.Name()+" ("):
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

// copyOfSelf copies this program to where everybody may run it, since the
// directory of a test's program is its user's alone.
func copyOfSelf(t *testing.T, dir string) (path string) {
	t.Helper()
	from, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path = filepath.Join(dir, filepath.Base(from))
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, in)
	for _, name := range []string{path, dir, filepath.Dir(dir)} {
		err = errors.Join(err, os.Chmod(name, 0o755))
	}
	if err = errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}
