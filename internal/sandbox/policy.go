package sandbox

import (
	"net/http"
	"regexp"
	"strconv"
	"time"
)

func (c *call) readDefaultPolicy() (answer, error) {
	if !c.who.sees(kindDefault) {
		return answer{}, denied()
	}
	for _, r := range c.rows(c.s.dir.all(kindDefault)) {
		return c.entity(http.StatusOK, kindDefault, r.doc)
	}
	return answer{}, notFound("defaultAppManagementPolicy")
}

func (c *call) listPolicies() (answer, error) {
	return c.listKind(kindPolicy, "policies/appManagementPolicies")
}
func (c *call) readPolicy() (answer, error) { return c.readKind(kindPolicy, c.key(0)) }

// listAppliesTo lists the applications and service principals that a policy is assigned to.
func (c *call) listAppliesTo() (answer, error) {
	if !c.who.sees(kindPolicy) {
		return answer{}, denied()
	}
	r, v, err := c.locate(kindPolicy, c.key(0))
	if err != nil {
		return answer{}, err
	}
	related, _, _ := c.related(r, v.links, "appliesTo")
	return c.list("directoryObject", "directoryObjects", c.rows(related), true)
}

func (c *call) listPoliciesOf(kind string) (answer, error) {
	if !c.who.sees(kindPolicy) {
		return answer{}, denied()
	}
	r, _, err := c.locate(kind, c.key(0))
	if err != nil {
		return answer{}, err
	}
	return c.list(kindPolicy, "policies/appManagementPolicies", c.rows(c.s.dir.holding(kindPolicy, linkField, r.id)), false)
}

// passwordAllowed holds a new secret against the application's own management policy, or else the tenant's.
func (c *call) passwordAllowed(owner Object, start, end time.Time) error {
	id, rules := c.passwordRules(text(owner, "id"))
	created, err := time.Parse(time.RFC3339Nano, text(owner, "createdDateTime"))
	if err != nil {
		created = c.now
	}
	for _, item := range rules {
		rule, _ := item.(map[string]any)
		if rule["state"] == "disabled" {
			continue
		}
		if from, err := time.Parse(time.RFC3339Nano, text(rule, "restrictForAppsCreatedAfterDateTime")); err == nil && created.Before(from) {
			continue
		}
		switch text(rule, "restrictionType") {
		case "passwordAddition":
			return &problem{Status: 400, Code: "CredentialTypeNotAllowedAsPerAppPolicy", Message: "Credential type not allowed as per assigned policy '" + id + "'.",
				Details: []detail{{Code: "CredentialTypeNotAllowed", Target: "PasswordCredentials", Message: "Credential type not allowed as per assigned policy '" + id + "'."}}}
		case "passwordLifetime":
			if limit, ok := isoDuration(text(rule, "maxLifetime")); ok && end.Sub(start) > limit {
				message := "Credential lifetime exceeds the max value allowed as per assigned policy '" + id + "'."
				return &problem{Status: 400, Code: "CredentialInvalidLifetimeAsPerAppPolicy", Message: message,
					Details: []detail{{Code: "InvalidKeyEndDate", Target: "EndDate", Message: message}}}
			}
		}
	}
	return nil
}

// passwordRules are the restrictions that hold for an application's secrets, and the id of the policy they stand in.
func (c *call) passwordRules(id string) (policy string, rules []any) {
	for _, r := range c.s.dir.holding(kindPolicy, linkField, id) {
		if r.live() && r.now.doc["isEnabled"] == true {
			return r.id, items(object(r.now.doc, "restrictions"), "passwordCredentials")
		}
	}
	for _, r := range c.s.dir.all(kindDefault) {
		if r.now.doc["isEnabled"] == true {
			return r.id, items(object(r.now.doc, "applicationRestrictions"), "passwordCredentials")
		}
	}
	return "", nil
}

var isoPattern = regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// isoDuration reads the durations that policies use, such as P180D or P4DT12H30M5S.
func isoDuration(s string) (time.Duration, bool) {
	m := isoPattern.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	total := time.Duration(0)
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if n, err := strconv.Atoi(m[i+1]); err == nil {
			total += time.Duration(n) * unit
		}
	}
	return total, true
}
