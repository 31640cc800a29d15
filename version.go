package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set when make builds: "v1.2.0-3-gabc1234". A plain go build leaves it empty.
var version string

type versionCommand struct{}

// Run prints which build this is, on one line.
func (versionCommand) Run(p *program) error {
	info, _ := debug.ReadBuildInfo()
	_, err := fmt.Fprintln(p.stdout, "helhet", describeBuild(version, info), runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	return err
}

// buildName is the version alone, for the log and the API's description.
func buildName() string {
	info, _ := debug.ReadBuildInfo()
	return describeBuild(version, info)
}

// describeBuild names the build by what make gave, else by the commit the Go tool noted, else "(unknown)".
func describeBuild(given string, info *debug.BuildInfo) string {
	if given != "" {
		return given
	}
	if info == nil {
		return "(unknown)"
	}
	var revision, changed string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "-dirty"
		}
	}
	if revision != "" {
		return revision + changed
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	return "(unknown)"
}
