package e2e

import (
	"fmt"
	"io"
	"os"
	"slices"
)

// xclip is the tool of that name with a file for a clipboard, and beside it a
// note of how it was started. It fails as the real one does where no screen is.
func xclip() int {
	board := os.Getenv("CLIPBOARD")
	if board == "" {
		fmt.Fprintln(os.Stderr, "Error: Can't open display: "+os.Getenv("DISPLAY"))
		return 1
	}
	log, err := os.OpenFile(board+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintln(log, os.Args, os.Environ())
	}
	var content []byte
	switch {
	case err != nil:
	case slices.Contains(os.Args, "-out"):
		if content, err = os.ReadFile(board); err == nil {
			_, err = os.Stdout.Write(content)
		}
		if err == nil {
			err = os.WriteFile(board+".read", nil, 0o600)
		}
	default:
		if content, err = io.ReadAll(os.Stdin); err == nil {
			err = os.WriteFile(board, content, 0o600)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
