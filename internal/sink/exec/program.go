package exec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
)

// drainTime is how long the streams of a program that has ended are still read,
// where something it left running holds them open.
const drainTime = 2 * time.Second

// program is what a command names.
type program struct {
	dir     string // absolute; it runs there
	command []string
	limit   time.Duration // of a run
	drain   time.Duration
	environ []string // of this process
}

// String names the program without its arguments.
func (p program) String() string { return "program " + p.command[0] }

// checkCommand judges what can be judged without looking.
func checkCommand(command []string) error {
	if len(command) == 0 || command[0] == "" {
		return errors.New("command is empty; write the program and its arguments")
	}
	for _, arg := range command {
		if strings.Contains(arg, "\x00") {
			return fmt.Errorf("command holds a zero byte in %q", arg)
		}
	}
	name := command[0]
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("command begins with %q, which holds a control character", name)
	}
	if !filepath.IsAbs(name) && !filepath.IsLocal(filepath.FromSlash(name)) {
		return fmt.Errorf("program %q leaves the configuration's directory; write a path below it, an absolute one, or a name to look for in PATH", name)
	}
	return nil
}

// find is where the program lies. It starts nothing.
func (p program) find() (string, error) {
	name := filepath.FromSlash(p.command[0])
	switch {
	case filepath.IsAbs(name):
		path, err := exec.LookPath(name)
		return path, p.unfit(err)
	case filepath.Base(name) == name && name != ".":
		return p.lookUp(name)
	}
	path, err := exec.LookPath(filepath.Join(p.dir, name)) // on Windows with an extension
	if err != nil {
		return "", p.unfit(err)
	}
	rel, err := filepath.Rel(p.dir, path)
	if err != nil {
		return "", p.unfit(err)
	}
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return "", p.unfit(err)
	}
	defer root.Close()
	if _, err := root.Stat(rel); err != nil {
		return "", &sink.ProgramError{Program: p.command[0], How: "lies outside of the configuration's directory, behind a symbolic link"}
	}
	return path, nil
}

// lookUp searches PATH. Its relative entries are passed over: what they mean
// depends on where one happens to be.
func (p program) lookUp(name string) (string, error) {
	err := error(fs.ErrNotExist)
	for _, dir := range filepath.SplitList(variable(p.environ, "PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		path, problem := exec.LookPath(filepath.Join(dir, name))
		if problem == nil {
			return path, nil
		}
		if !missing(problem) {
			err = problem
		}
	}
	if missing(err) {
		return "", &sink.ProgramError{Program: name, How: "is in no directory of PATH; one below the configuration's directory is written with ./ in front"}
	}
	return "", p.unfit(err)
}

func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound)
}

// unfit says why a program cannot be started.
func (p program) unfit(err error) error {
	if err == nil {
		return nil
	}
	how := "cannot be started: " + cause(err).Error()
	switch {
	case missing(err):
		how = "is not there"
	case errors.Is(err, fs.ErrPermission):
		how = "is not a file that may be executed"
	}
	return &sink.ProgramError{Program: p.command[0], How: how}
}

// unstarted says why a file that may be executed is no program all the same.
func (p program) unstarted(err error) error {
	switch {
	case missing(err):
		return &sink.ProgramError{Program: p.command[0], How: "cannot be started: what its first line names is not there"}
	case errors.Is(err, syscall.ENOEXEC):
		return &sink.ProgramError{Program: p.command[0], How: "is no program; the first line of a script says what runs it, such as #!/bin/sh"}
	}
	return p.unfit(err)
}

// cause drops the paths and names that errors of files and processes repeat.
func cause(err error) error {
	var pe *fs.PathError
	var ee *exec.Error
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &ee):
		return ee.Err
	}
	return err
}

// errSlow ends a program that takes too long.
var errSlow = errors.New("too slow")

// run starts the program with the value on its standard input and waits for its
// end. Only an exit status of 0 is success.
func (p program) run(ctx context.Context, facts []string, v secret.Value) error {
	path, err := p.find()
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeoutCause(ctx, p.limit, errSlow)
	defer cancel()
	var out, problems tail
	defer out.wipe()
	defer problems.wipe()
	cmd := exec.CommandContext(limited, path, p.command[1:]...)
	cmd.Dir, cmd.Env = p.dir, append(passed(p.environ), facts...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(v.Reveal()), &out, &problems
	cmd.WaitDelay = p.drain
	apart(cmd)
	err = cmd.Run()
	if err == nil || errors.Is(err, exec.ErrWaitDelay) { // what it left running is its own business
		return nil
	}
	if cmd.Process == nil {
		return p.unstarted(err)
	}
	failed := &sink.ProgramError{Program: p.command[0], Said: problems.lines(v)}
	if len(failed.Said) == 0 {
		failed.Said = out.lines(v)
	}
	var exit *exec.ExitError
	switch {
	case errors.Is(context.Cause(limited), errSlow):
		failed.How = fmt.Sprintf("did not end within %s and was killed; whether it took the value over is not known", p.limit)
	case ctx.Err() != nil:
		failed.How = "was interrupted"
		return fmt.Errorf("%w: %w", failed, ctx.Err())
	case errors.As(err, &exit):
		failed.How = "ended with " + exit.ProcessState.String()
	default:
		failed.How = "failed: " + cause(err).Error()
	}
	return failed
}
