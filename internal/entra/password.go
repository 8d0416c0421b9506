package entra

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// AddPassword makes a client secret. It is the one request that is never sent
// again: if its answer is lost the error is a *LostAnswer, the secret may exist,
// and the caller looks for displayName, which is why that must be unique. It is
// repeated only when Graph has said that it did nothing (429), or that it does
// not know the application yet or is busy with it, and reading the application
// back shows no such secret.
func (c *Client) AddPassword(ctx context.Context, objectID, displayName string, start *time.Time, end time.Time) (Password, secret.Value, time.Time, error) {
	var got newPassword
	lagged := &tries{}
	for {
		q, err := c.addPasswordCall(ctx, objectID, displayName, start, end, &got)
		if err != nil {
			return Password{}, secret.Value{}, time.Time{}, err
		}
		a, err := c.do(ctx, q)
		if err == nil {
			clear(a.body)
			return got.password(), got.SecretText.value, c.dateOf(a), nil
		}
		var e *Error
		if !errors.As(err, &e) || errors.As(err, new(*LostAnswer)) || !e.looksLikeLag() && !e.busy() {
			return Password{}, secret.Value{}, time.Time{}, err
		}
		if err := c.passwordNotMade(ctx, q, lagged, e, objectID, displayName); err != nil {
			return Password{}, secret.Value{}, time.Time{}, err
		}
	}
}

// passwordNotMade returns nil once the application is readable and holds no
// secret of that name: Graph has been seen to answer 404 to a write that took
// effect.
func (c *Client) passwordNotMade(ctx context.Context, q *call, t *tries, e *Error, objectID, displayName string) error {
	reason, why := ReasonConflict, "another change to the application is under way (409)"
	if t.lagged++; e.busy() && t.lagged >= maxTries {
		return e
	}
	if !e.busy() {
		reason, why = ReasonReplication, fmt.Sprintf("Entra ID has not yet replicated the application (%d)", e.Status)
		if patience, ok := c.lagging(ctx, e.date); !ok || t.waited >= patience {
			return e
		}
	}
	d := c.jitter.backoff(t.lagged, lagBackoff)
	t.waited += d
	c.tell(Wait{What: q.what, Why: why, Reason: reason, Since: t.waited})
	if err := c.sleep(ctx, d); err != nil {
		return &LostAnswer{q.method, q.path, err}
	}
	app, err := c.Application(ctx, objectID)
	if err != nil {
		return &LostAnswer{q.method, q.path, fmt.Errorf("%v; then %v", e, err)} //nolint:errorlint // a lost answer must not match ErrGone
	}
	for _, p := range app.Passwords {
		if p.DisplayName == displayName {
			return &LostAnswer{q.method, q.path, fmt.Errorf("%v, and yet it is there", e)} //nolint:errorlint // as above
		}
	}
	return nil
}

func (c *Client) addPasswordCall(ctx context.Context, objectID, displayName string, start *time.Time, end time.Time, got *newPassword) (*call, error) {
	p := models.NewPasswordCredential()
	p.SetDisplayName(&displayName)
	if start != nil {
		s := start.UTC()
		p.SetStartDateTime(&s)
	}
	e := end.UTC()
	p.SetEndDateTime(&e)
	body := applications.NewItemAddPasswordPostRequestBody()
	body.SetPasswordCredential(p)
	q, err := c.form.call(c.applications().ByApplicationId(objectID).AddPassword().ToPostRequestInformation(ctx, body, nil))
	if err != nil {
		return nil, err
	}
	q.what, q.key, q.readsBack = "secret "+displayName, applicationKey(objectID), true
	q.check = func(a *answer) error {
		*got = newPassword{}
		if err := json.Unmarshal(a.body, got); err != nil {
			clear(a.body)
			return errors.New("it is no password credential")
		}
		if got.KeyID == "" || got.SecretText.value.Empty() || got.EndDateTime == nil {
			clear(a.body)
			return errors.New("it lacks the key id, the value or the end date")
		}
		return nil
	}
	return q, nil
}

// RemovePassword removes a client secret by key id; one that is gone is done.
func (c *Client) RemovePassword(ctx context.Context, objectID, keyID string) (time.Time, error) {
	id, err := uuid.Parse(keyID)
	if err != nil {
		return time.Time{}, fmt.Errorf("remove secret: %q is no key id", keyID)
	}
	t := &tries{}
	for {
		body := applications.NewItemRemovePasswordPostRequestBody()
		body.SetKeyId(&id)
		q, err := c.form.call(c.applications().ByApplicationId(objectID).RemovePassword().ToPostRequestInformation(ctx, body, nil))
		if err != nil {
			return time.Time{}, err
		}
		q.what, q.key, q.repeat, q.doubtsAbsence = "secret "+keyID, applicationKey(objectID), true, true
		a, seen, err := c.doCounting(ctx, q)
		var e *Error
		switch {
		case err == nil:
			return c.dateOf(a), nil
		case !errors.As(err, &e) || errors.As(err, new(*LostAnswer)) || !e.noSuchKey():
			return time.Time{}, err
		}
		// A secret just made may not have reached this replica: "no such key"
		// is then doubted for a while, unless an earlier try of ours explains it.
		if _, lag := c.lagging(ctx, e.date); !lag || seen.lost || t.waited >= absentPatience {
			return c.orNow(e.date), nil
		}
		t.lagged++
		d := c.jitter.backoff(t.lagged+1, lagBackoff)
		t.waited += d
		c.tell(Wait{What: q.what, Why: "Entra ID may not yet have replicated it", Reason: ReasonReplication, Since: t.waited})
		if err := c.sleep(ctx, d); err != nil {
			return time.Time{}, err
		}
	}
}

// noSuchKey recognises the answers to removing what is not there.
func (e *Error) noSuchKey() bool {
	return e.Status == http.StatusNotFound ||
		e.Status == http.StatusBadRequest && (e.says("no credentials found") || e.says("no password credential found") ||
			e.says("keyid") && (e.says("not found") || e.says("does not exist") || e.says("no credential")))
}

type newPassword struct {
	passwordJSON
	SecretText secretText `json:"secretText"`
}

// secretText takes the value out of the JSON without making a string of it:
// strings cannot be wiped.
type secretText struct{ value secret.Value }

var errSecretText = errors.New("secretText is no string")

// UnmarshalJSON implements json.Unmarshaler.
func (s *secretText) UnmarshalJSON(raw []byte) error {
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return errSecretText
	}
	plain, ok := unquote(raw[1 : len(raw)-1])
	defer clear(plain)
	if !ok {
		return errSecretText
	}
	s.value = secret.FromBytes(plain)
	return nil
}

// unquote resolves JSON's escapes in bytes of its own.
func unquote(in []byte) ([]byte, bool) {
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); i++ {
		if in[i] != '\\' {
			out = append(out, in[i])
			continue
		}
		i++
		if i >= len(in) {
			return out, false
		}
		switch in[i] {
		case '"', '\\', '/':
			out = append(out, in[i])
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, ok := hex4(in, i+1)
			if !ok {
				return out, false
			}
			i += 4
			if utf16.IsSurrogate(r) {
				low, ok := rune(0), i+2 < len(in) && in[i+1] == '\\' && in[i+2] == 'u'
				if ok {
					low, ok = hex4(in, i+3)
				}
				if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
					return out, false
				}
				i += 6
			}
			out = utf8.AppendRune(out, r)
		default:
			return out, false
		}
	}
	return out, true
}

func hex4(in []byte, at int) (rune, bool) {
	if at+4 > len(in) {
		return 0, false
	}
	var r rune
	for _, b := range in[at : at+4] {
		r <<= 4
		switch {
		case b >= '0' && b <= '9':
			r |= rune(b - '0')
		case b >= 'a' && b <= 'f':
			r |= rune(b-'a') + 10
		case b >= 'A' && b <= 'F':
			r |= rune(b-'A') + 10
		default:
			return 0, false
		}
	}
	return r, true
}
