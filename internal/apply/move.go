package apply

import (
	"context"
	"fmt"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
)

// MoveSinks lets the sinks follow secrets whose address changed in a state,
// before that state is written: a run killed in between repeats it.
func MoveSinks(ctx context.Context, sinks map[addr.Instance]sink.Sink, doc *state.Document, moves []plan.Move) error {
	for _, m := range moves {
		for _, sec := range doc.Secrets {
			from, ok := m.Origin(sec.Address)
			if !ok {
				continue
			}
			for _, c := range sec.Credentials {
				for _, receipt := range c.Receipts {
					mover, ok := sinks[receipt.Sink].(sink.Mover)
					if !ok {
						continue
					}
					if err := mover.Move(ctx, from, sec.Address); err != nil {
						return fmt.Errorf("%s: move %s to %s: %w", receipt.Sink, from, sec.Address, err)
					}
				}
			}
		}
	}
	return nil
}
