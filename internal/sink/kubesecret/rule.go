package kubesecret

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink/slot"
)

// Limits of the API server (k8s.io/api/core/v1.MaxSecretSize and apimachinery's
// TotalAnnotationSizeLimitB), in bytes.
const (
	maxData        = 1 << 20
	maxAnnotations = 256 << 10
)

// prefix is that of the annotations that are ours.
const prefix = "mailprov/"

// dataKey is what a key of a Secret's data may be (core/v1 Secret.Data).
var dataKey = regexp.MustCompile(`^[-._a-zA-Z0-9]{1,253}$`)

// basicAuth is the one type of Kubernetes' own that a client secret can be of:
// the API server wants one of its two keys (core/v1 SecretTypeBasicAuth). The
// others are for tokens, certificates and SSH keys.
const basicAuth = "kubernetes.io/basic-auth"

// check judges a block by Kubernetes' rules; all that is wrong is said together.
func (c Config) check() error {
	errs := []error{c.checkType()}
	say := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	name := strings.ReplaceAll(c.Name, "{secret}", "x")
	if problems := content.IsDNS1123Subdomain(name); len(problems) > 0 {
		say("name %q cannot be that of a Secret: %s", c.Name, problems[0])
	}
	if strings.Contains(c.Path, "{secret}") && !strings.Contains(c.Name, "{secret}") {
		say("path gives each secret a manifest, but name gives them all one Secret; write {secret} in name too")
	}
	if c.Namespace != "" {
		if problems := content.IsDNS1123Label(c.Namespace); len(problems) > 0 {
			say("namespace %q is none: %s", c.Namespace, problems[0])
		}
	}
	if !dataKey.MatchString(c.Key) || c.Key == "." || strings.HasPrefix(c.Key, "..") {
		say("key %q cannot stand in a Secret: letters, digits, -, _ and . only, and no .. in front", c.Key)
	}
	for _, k := range slices.Sorted(maps.Keys(c.Labels)) {
		if problems := content.IsLabelKey(k); len(problems) > 0 {
			say("label %q: %s", k, problems[0])
		}
		if problems := content.IsLabelValue(c.Labels[k]); len(problems) > 0 {
			say("label %q cannot be %q: %s", k, c.Labels[k], problems[0])
		}
	}
	size := 0
	for _, k := range slices.Sorted(maps.Keys(c.Annotations)) {
		size += len(k) + len(c.Annotations[k])
		if problems := content.IsLabelKey(strings.ToLower(k)); len(problems) > 0 { // the case does not matter there
			say("annotation %q: %s", k, problems[0])
		}
		if strings.HasPrefix(strings.ToLower(k), prefix) {
			say("annotation %q: those under %s are mailprov's own", k, prefix)
		}
	}
	if size > maxAnnotations {
		say("the annotations have %d bytes; Kubernetes takes %d", size, maxAnnotations)
	}
	return errors.Join(errs...)
}

func (c Config) checkType() error {
	domain, _, _ := strings.Cut(c.Type, "/")
	switch {
	case strings.ContainsFunc(c.Type, func(r rune) bool { return r < '!' || r > '~' }):
		return fmt.Errorf("type %q cannot be that of a Secret; write %s or one of your own such as example.com/mail", c.Type, DefaultType)
	case c.Type == basicAuth && c.Key != "password":
		return fmt.Errorf("type %q keeps the value under password; write key = \"password\"", c.Type)
	case c.Type != basicAuth && (domain == "kubernetes.io" || strings.HasSuffix(domain, ".kubernetes.io")):
		return fmt.Errorf("type %q is not for client secrets; write %s", c.Type, DefaultType)
	}
	return nil
}

func isObjectName(name string) bool { return len(content.IsDNS1123Subdomain(name)) == 0 }

// object is the name of the Secret of one secret.
func (c Config) object(a addr.Instance) string { return slot.Fill(c.Name, a, label) }

// maxLabel is how much of an address is written into a name, which has 253
// characters.
const maxLabel = 63

// label writes an address in the characters of an object's name. Where an
// address has others, its hash keeps it apart from what it would look like.
func label(a addr.Instance) string {
	text := a.String()
	if a.Module == "" {
		text = strings.TrimPrefix(text, "client_secret.")
	}
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			b.WriteByte(c)
		} else if n := b.Len(); n > 0 && b.String()[n-1] != '-' {
			b.WriteByte('-')
		}
	}
	out := strings.Trim(b.String(), "-")
	if out == text && len(out) <= maxLabel {
		return out
	}
	sum := sha256.Sum256([]byte(text))
	out = strings.TrimRight(out[:min(len(out), maxLabel-9)], "-")
	return strings.TrimLeft(out+"-"+hex.EncodeToString(sum[:4]), "-")
}
