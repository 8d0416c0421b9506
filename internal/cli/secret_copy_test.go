//go:build !windows

package cli

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/secret"
)

// board is a clipboard that somebody hangs up on.
type board struct {
	holds   string
	refuses error
	put     func()
}

func (b *board) Put(ctx context.Context, v secret.Value) error {
	b.holds = string(v.Reveal())
	if b.put != nil {
		b.put()
		<-ctx.Done()
	}
	return b.refuses
}

func (b *board) Clear(ctx context.Context, v secret.Value) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	held := b.holds == string(v.Reveal())
	if held {
		b.holds = ""
	}
	return held, nil
}

func (b *board) Blind() bool    { return false }
func (b *board) String() string { return "board" }

func TestTheClipboardIsClearedWhateverEndsTheWait(t *testing.T) {
	hangup := func() {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGHUP); err != nil {
			t.Error(err)
		}
	}
	for name, c := range map[string]struct {
		board board
		sleep func(context.Context, time.Duration) error
		fails string
	}{
		"the time is over":             {board{}, func(context.Context, time.Duration) error { return nil }, ""},
		"the terminal is closed":       {board{put: hangup}, sleep, ""},
		"the tool fails":               {board{refuses: message.Errorf("no display")}, sleep, "copy secret: no display"},
		"it is closed while it is put": {board{put: hangup, refuses: context.Canceled}, sleep, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a, out, talk := silent(nil)
			a.sleep = c.sleep
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			err := a.lend(ctx, &c.board, secret.New("8Q~canary-canary"), time.Hour)
			if c.fails == "" && err != nil || c.fails != "" && (err == nil || err.Error() != c.fails) {
				t.Error(err)
			}
			if c.board.holds != "" || ctx.Err() != nil {
				t.Errorf("on the clipboard is %q, %v", c.board.holds, ctx.Err())
			}
			if out.Len() > 0 || strings.Contains(talk.String(), "canary") || (c.fails == "") != strings.Contains(talk.String(), "The clipboard was cleared.") {
				t.Errorf("it says %q, %q", out, talk)
			}
		})
	}
}
