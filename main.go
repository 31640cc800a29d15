// Helhet is a service in which municipalities assess themselves, task by task, against a model of their health and welfare
// technology services, and see how they and their region develop. This file and its neighbours are the command line: flags,
// settings, and the wiring of everything else.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"helhet/config"
	"helhet/internal/fault"
	"helhet/internal/locale"

	"github.com/alecthomas/kong"
)

// collectAt lets the heap grow to three times what is alive before it is collected, where Go's default is twice: a save then spends
// less of its time on the collector, and memory stays far below the 300 MB that the design allows. GOGC in the environment wins.
const collectAt = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // the command line could not be understood
)

// program is what a command gets besides its own flags.
type program struct {
	ctx     context.Context
	environ []string
	file    string // of settings; empty: HELHET_CONFIG or none
	stdout  io.Writer
	stderr  io.Writer
}

// run is the whole program but for leaving it.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	var line commandLine
	left := -1
	parser, err := kong.New(&line,
		kong.Name("helhet"),
		kong.Description("Helhet: municipalities assess themselves, follow up, and see how they develop."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { left = code }), // after --help
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "helhet:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if left >= 0 {
		return left
	}
	if err != nil {
		fmt.Fprintf(stderr, "helhet: %s; see helhet --help\n", err)
		return exitUsage
	}
	err = command.Run(&program{ctx: ctx, environ: environ, file: line.Config, stdout: stdout, stderr: stderr})
	if err != nil {
		fmt.Fprintln(stderr, "helhet:", inWords(err))
		if _, bad := errors.AsType[*config.Error](err); bad {
			fmt.Fprintln(stderr, "helhet: nothing was started; helhet config shows the settings in effect")
		}
		return exitFailed
	}
	return exitOK
}

// inWords gives the text of a failure that has one, since an operator reads sentences rather than keys.
func inWords(err error) string {
	failure, ok := errors.AsType[*fault.Error](err)
	if !ok || failure.Key == "" {
		return err.Error()
	}
	texts, broken := locale.Load()
	if broken != nil {
		return err.Error()
	}
	words := texts.For(locale.English).T(failure.Key, failure.Args...)
	if failure.Err != nil {
		words += " (" + failure.Err.Error() + ")"
	}
	return words
}

// settings reads the settings with the flags given.
func (p *program) settings(flags ...config.Flag) (config.Config, error) {
	return config.Load(p.environ, p.file, flags...)
}
