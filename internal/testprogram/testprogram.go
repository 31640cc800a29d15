// Package testprogram builds the programs that tests run beside Helhet: a server that would bring too much into the product's go.mod is a
// module of its own, and its program is built once and kept.
package testprogram

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

// Build makes the program of a module of one file, main.go, in a folder, once for each state of it, and gives its path. It is kept in the
// user's cache under a name ("ferret"). Packages that are tested at the same time wait for one another.
func Build(module, name string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = filepath.Join(os.TempDir(), fmt.Sprintf("cache-%d", os.Getuid()))
	}
	cache = filepath.Join(cache, "helhet-"+name)
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(filepath.Join(cache, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	state := sha256.New()
	fmt.Fprintln(state, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, file := range []string{"go.mod", "go.sum", "main.go"} {
		content, err := os.ReadFile(filepath.Join(module, file))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(state, "%s %d\n%s", file, len(content), content)
	}
	program := filepath.Join(cache, name+"-"+hex.EncodeToString(state.Sum(nil))[:16])
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	unfinished := program + ".unfinished"
	command := exec.Command("go", "build", "-o", unfinished, ".")
	command.Dir = module
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", module, err, output)
	}
	return program, os.Rename(unfinished, program)
}
