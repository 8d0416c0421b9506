package apply

import (
	"context"
	"errors"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
)

// carrier moves values that exist between the slots of a sink and between
// sinks. None is ever made here, so nothing can be lost.
type carrier map[addr.Instance]sink.Sink

// errNowhere says that a value is in no sink that can be read here.
var errNowhere = errors.New("its value is not there, and no other sink can be read here")

// ordered puts sinks that cannot take a value back behind all others, so that
// whatever can fail before them has.
func (c carrier) ordered(sinks []addr.Instance) []addr.Instance {
	var first, last []addr.Instance
	for _, a := range sinks {
		if _, irrevocable := c[a].(sink.Irrevocable); irrevocable {
			last = append(last, a)
			continue
		}
		first = append(first, a)
	}
	return append(first, last...)
}

// ready makes a sink hold a credential so that a commit has something to do or
// nothing left to do: staged, in use, or brought back from the previous value.
func (c carrier) ready(ctx context.Context, a addr.Instance, item sink.Item, others []addr.Instance) error {
	fails := func(doing string, err error) error {
		return &SinkError{Sink: a, Doing: doing, KeyID: item.KeyID, Err: err}
	}
	held, err := c[a].Holds(ctx, item)
	if err != nil {
		return fails("looking for a value", err)
	}
	switch item.KeyID {
	case held.Staged, held.InUse:
		return nil
	case held.Previous:
		_, err = c[a].Restore(ctx, item)
		if err == nil {
			return nil
		}
		if !errors.Is(err, sink.ErrUnreadable) {
			return fails("bringing the previous value back", err)
		}
	}
	if err := c.restage(ctx, a, item, others); err != nil {
		return fails("looking for a value", err)
	}
	return nil
}

// restage copies the value from another sink.
func (c carrier) restage(ctx context.Context, to addr.Instance, item sink.Item, others []addr.Instance) error {
	for _, from := range others {
		if from == to || c[from] == nil {
			continue
		}
		held, err := c[from].Holds(ctx, item)
		if err != nil {
			continue
		}
		slot, there := held.SlotOf(item.KeyID)
		if !there {
			continue
		}
		value, err := c[from].Read(ctx, item, slot)
		if err != nil {
			continue
		}
		_, err = c[to].Stage(ctx, item, value)
		value.Wipe()
		return err
	}
	return errNowhere
}

// obtainable tells, without changing anything, whether a sink can hold the
// credential again: it has the value and can bring it back, or another that can
// be read here has it.
func (c carrier) obtainable(ctx context.Context, a addr.Instance, item sink.Item, others []addr.Instance) error {
	_, irrevocable := c[a].(sink.Irrevocable)
	held, err := c[a].Holds(ctx, item)
	if _, there := held.SlotOf(item.KeyID); err == nil && there && !irrevocable {
		return nil
	}
	for _, from := range others {
		if from == a || err != nil {
			continue
		}
		other, problem := c[from].Holds(ctx, item)
		slot, there := other.SlotOf(item.KeyID)
		if problem != nil || !there {
			continue
		}
		if value, problem := c[from].Read(ctx, item, slot); problem == nil {
			value.Wipe()
			return nil
		}
	}
	if err == nil {
		err = errNowhere
	}
	return &SinkError{Sink: a, Doing: "looking for the previous value", KeyID: item.KeyID, Err: err}
}

// holders are the sinks that a credential was delivered to.
func holders(cred state.Credential) []addr.Instance {
	var out []addr.Instance
	for _, receipt := range cred.Receipts {
		if receipt.Committed {
			out = append(out, receipt.Sink)
		}
	}
	return out
}

// GiveWay lets the sinks that still show a rejected credential show the one in
// use again, which is item. One that cannot is said: what it shows works nowhere
// any more once the rejected one is removed.
func GiveWay(ctx context.Context, sinks map[addr.Instance]sink.Sink, item sink.Item, rejected, inUse state.Credential) diag.Diagnostics {
	c, secret := carrier(sinks), item.Secret
	var ds diag.Diagnostics
	for _, a := range c.ordered(holders(rejected)) {
		if c[a] == nil {
			continue // no longer in the configuration
		}
		if err := c.giveWay(ctx, a, item, rejected.KeyID, holders(inUse)); err != nil {
			ds = append(ds, diag.Warnf("MP331", "Rejected value left in a sink", "%s shows the rejected value of %s, and the one in use cannot be brought back there: %s.", a, secret, flat(err)).
				For(secret.String()).WithDof("Put the value in use there by hand, or make a new one: mailprov rotate %s", secret))
		}
	}
	return ds
}

func (c carrier) giveWay(ctx context.Context, a addr.Instance, item sink.Item, rejected string, others []addr.Instance) error {
	held, err := c[a].Holds(ctx, item)
	// Staged is what a run left that died while it brought the value back.
	if err != nil || held.InUse != rejected && held.Staged != item.KeyID {
		return err
	}
	if err := c.ready(ctx, a, item, others); err != nil {
		return err
	}
	_, err = c[a].Commit(ctx, item)
	return err
}
