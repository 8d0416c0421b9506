package cli

import (
	"context"
	"os/signal"
	"time"

	"github.com/mailprov/mailprov/internal/clipboard"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/secret"
)

// clearing is how long it may take to clear the clipboard.
const clearing = 10 * time.Second

// lend puts a value on the clipboard and takes it away again, whatever ends the
// wait: time, Ctrl-C, or the terminal that is closed.
func (a *app) lend(ctx context.Context, board clipboard.Clipboard, v secret.Value, after time.Duration) error {
	a.serving.Store(true) // Ctrl-C ends it as intended
	ctx, stop := signal.NotifyContext(ctx, hangups()...)
	defer stop()
	err := board.Put(ctx, v)
	switch {
	case err == nil && after == 0:
		a.say("%s", lent(board, after))
		return nil
	case err == nil:
		a.say("%s", lent(board, after))
		_ = a.sleep(ctx, after)
	case ctx.Err() == nil:
		_, _ = takeAway(ctx, board, v) // some of it may have happened
		return message.Errorf("copy secret: %w", err)
	}
	cleared, err := takeAway(ctx, board, v)
	switch {
	case err != nil:
		return message.Errorf("the secret may still be on the clipboard: copy something else: %w", err)
	case cleared:
		a.say("The clipboard was cleared.")
	default:
		a.say("The clipboard holds something else by now, which was left there.")
	}
	return nil
}

func takeAway(ctx context.Context, board clipboard.Clipboard, v secret.Value) (bool, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearing)
	defer cancel()
	return board.Clear(ctx, v)
}

// lent says what became of a value that was to be put on the clipboard.
func lent(board clipboard.Clipboard, after time.Duration) message.Text {
	switch {
	case board.Blind() && after == 0:
		return message.Of("The terminal was asked to put it on its clipboard, which not every terminal does. It stays there.")
	case board.Blind():
		return message.Of("The terminal was asked to put it on its clipboard, which not every terminal does. In %s that is emptied, whatever is on it then; Ctrl-C does so at once.", after)
	case after == 0:
		return message.Of("It is on the clipboard (%s) and stays there.", board)
	}
	return message.Of("It is on the clipboard (%s) for %s; Ctrl-C takes it away at once.", board, after)
}
