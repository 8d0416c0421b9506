package sandbox

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	controlPrefix = "/_sandbox/"
	controlHeader = "X-Sandbox-Control"
)

// ControlKey is the value of the X-Sandbox-Control header that opens the control port.
func (s *Sandbox) ControlKey() string { return s.key }

// control lets tests in other processes look at the truth and steer the sandbox. See the package comment.
func (s *Sandbox) control(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		http.Error(w, "the control port is for this machine only", http.StatusForbidden)
		return
	}
	if subtle.ConstantTimeCompare([]byte(r.Header.Get(controlHeader)), []byte(s.key)) != 1 {
		http.Error(w, "the header "+controlHeader+" is missing or wrong", http.StatusForbidden)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the client broke off
	}
	result, err := s.steer(r.Method+" "+strings.TrimPrefix(r.URL.Path, controlPrefix), body)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, result)
}

func (s *Sandbox) steer(what string, body []byte) (any, error) {
	switch what {
	case "GET truth":
		return json.RawMessage(s.Snapshot()), nil
	case "GET log":
		log := s.Log()
		if log == nil {
			log = []Entry{}
		}
		return log, nil
	case "GET stats":
		return s.Stats(), nil
	case "POST reset-stats":
		s.ResetStats()
		return struct{}{}, nil
	case "POST faults":
		if len(strings.TrimSpace(string(body))) == 0 {
			return struct{}{}, s.SetFaults(nil)
		}
		f, err := ReadFaults(body)
		if err != nil {
			return nil, err
		}
		return struct{}{}, s.SetFaults(f)
	case "POST clock":
		return s.steerClock(body)
	case "POST mutate":
		return s.steerMutation(body)
	case "POST issuers":
		return s.steerIssuers(body)
	case "POST mint":
		var a Assertion
		if err := strict(body, &a); err != nil {
			return nil, fmt.Errorf("mint token: %w", err)
		}
		token, err := s.Mint(a)
		return map[string]any{"token": token}, err
	}
	return nil, fmt.Errorf("control %s: not known; there are GET truth, log, stats and POST faults, clock, mutate, issuers, mint, reset-stats", what)
}

func (s *Sandbox) steerClock(body []byte) (any, error) {
	var in struct {
		Set     *time.Time `json:"set"`
		Advance string     `json:"advance"`
		Run     bool       `json:"run"`
	}
	if err := strict(body, &in); err != nil {
		return nil, fmt.Errorf("set clock: %w", err)
	}
	if in.Set != nil {
		s.SetClock(*in.Set)
	}
	if in.Run {
		s.SetClock(time.Time{})
	}
	if in.Advance != "" {
		d, err := time.ParseDuration(in.Advance)
		if err != nil {
			return nil, fmt.Errorf("set clock: %w", err)
		}
		s.Advance(d)
	}
	return map[string]any{"now": stamp(s.clock())}, nil
}

func (s *Sandbox) steerIssuers(body []byte) (any, error) {
	var in struct {
		Issuer string          `json:"issuer"`
		Keys   json.RawMessage `json:"keys"`
	}
	if err := strict(body, &in); err != nil {
		return nil, fmt.Errorf("trust issuer: %w", err)
	}
	return struct{}{}, s.Trust(in.Issuer, in.Keys)
}

// mutation is one change by hand, in JSON.
type mutation struct {
	Op          string          `json:"op"` // patch (the default), delete, add_password, remove_password, set_owners, assign, grant, add_certificate, add_federated, add_policy, add_application, add_principal
	ID          string          `json:"id"`
	Patch       json.RawMessage `json:"patch"`
	DisplayName string          `json:"display_name"`
	End         time.Time       `json:"end"`
	KeyID       string          `json:"key_id"`
	Owners      []string        `json:"owners"`
	Principal   string          `json:"principal"`
	Resource    string          `json:"resource"`
	Role        string          `json:"role"`
	User        string          `json:"user"`
	Scope       string          `json:"scope"`
	ClientID    string          `json:"client_id"`
	Certificate string          `json:"certificate"`
}

func (s *Sandbox) steerMutation(body []byte) (any, error) {
	var m mutation
	if err := strict(body, &m); err != nil {
		return nil, fmt.Errorf("read mutation: %w", err)
	}
	var patch Object
	if len(m.Patch) > 0 {
		v, err := decode(m.Patch)
		if err != nil {
			return nil, fmt.Errorf("read mutation: %w", err)
		}
		if patch, _ = v.(map[string]any); patch == nil {
			return nil, fmt.Errorf("read mutation: patch is not an object")
		}
	}
	out := map[string]any{}
	err := s.Mutate(func(t *Truth) error { return m.apply(t, patch, out) })
	return out, err
}

func (m mutation) apply(t *Truth, patch Object, out map[string]any) (err error) {
	switch m.Op {
	case "", "patch":
		return t.Patch(m.ID, patch)
	case "delete":
		return t.Delete(m.ID)
	case "add_password":
		end := m.End
		if end.IsZero() {
			end = t.Now().AddDate(2, 0, 0)
		}
		out["key_id"], out["secret"], err = t.AddPassword(m.ID, m.DisplayName, end)
	case "add_certificate":
		out["key_id"], err = t.AddCertificate(m.ID, m.DisplayName, []byte(m.Certificate))
	case "add_federated":
		out["id"], err = t.AddFederated(m.ID, patch)
	case "remove_password":
		return t.RemovePassword(m.ID, m.KeyID)
	case "set_owners":
		return t.SetOwners(m.ID, m.Owners...)
	case "assign":
		out["id"], err = t.Assign(m.Principal, m.Resource, m.Role)
	case "grant":
		out["id"], err = t.Grant(m.Principal, m.Resource, m.User, m.Scope)
	case "add_policy":
		out["id"], err = t.AddPolicy(patch, m.Owners...)
	case "add_application":
		var i Item
		i, err = t.AddApplication(patch, m.Owners...)
		out["id"], out["app_id"] = i.ID, text(i.Properties, "appId")
	case "add_principal":
		var i Item
		i, err = t.AddPrincipal(m.ClientID, m.Owners...)
		out["id"] = i.ID
	default:
		return fmt.Errorf("change by hand: operation %q is not known", m.Op)
	}
	return err
}

func strict(raw []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
