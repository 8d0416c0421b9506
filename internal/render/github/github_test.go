package github_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/render/github"
)

// read reads the file of GITHUB_OUTPUT as the runner does (FileCommandManager.cs).
func read(t *rapid.T, file string) map[string]string {
	out := map[string]string{}
	lines := strings.Split(file, "\n")
	for i := 0; i < len(lines); i++ {
		if lines[i] == "" {
			continue
		}
		name, end, ok := strings.Cut(lines[i], "<<")
		if !ok {
			t.Fatalf("line %d is %q", i, lines[i])
		}
		var value []string
		for i++; i < len(lines) && lines[i] != end; i++ {
			value = append(value, lines[i])
		}
		if i == len(lines) {
			t.Fatalf("%s does not end", name)
		}
		out[name] = strings.Join(value, "\n")
	}
	return out
}

func TestNoValueEndsItsOutputOrAddsAnother(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := 0
		draw := func() string { n++; return fmt.Sprint(n) }
		list := []github.Output{
			{Name: "digest", Value: rapid.StringMatching(`(a|<<|=|mailprov_[1-9]|\n|::set-output)*`).Draw(t, "digest")},
			{Name: "waiting", Value: rapid.StringMatching(`(b|EOF|mailprov_[1-9]|\nchanges<<x|\n)*`).Draw(t, "waiting")},
		}
		got := read(t, github.Outputs(list, draw))
		if len(got) != 2 || got["digest"] != list[0].Value || got["waiting"] != list[1].Value {
			t.Fatalf("%q was read as %q", list, got)
		}
	})
}

func TestACommandIsOneLineWhateverItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		d := diag.Err("MP101", "Summary, with: signs", s).WithDo(s)
		d.Subject = &hcl.Range{Start: hcl.Pos{Line: 3, Column: 5}, End: hcl.Pos{Line: 3, Column: 9}}
		for _, line := range []string{github.Mask(s), github.Annotation(d, s)} {
			if strings.ContainsAny(line, "\r\n") {
				t.Fatalf("several lines: %q", line)
			}
		}
		undo := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",")
		if got := strings.ReplaceAll(undo.Replace(strings.TrimPrefix(github.Mask(s), "::add-mask::")), "%25", "%"); !strings.Contains(s, "%") && got != s {
			t.Fatalf("%q is masked as %q", s, got)
		}
	})
}

func TestAnAnnotationStandsBesideItsLine(t *testing.T) {
	d := diag.Err("MP602", "Unknown attribute", "100% wrong:\nsee").WithDo("Write it.")
	if got := github.Annotation(d, "a.hcl"); got != "" {
		t.Errorf("without a place: %q", got)
	}
	d.Subject = &hcl.Range{Start: hcl.Pos{Line: 3, Column: 5}, End: hcl.Pos{Line: 3, Column: 9}}
	want := "::error file=envs/a%2Cb%3A.hcl,line=3,col=5,endColumn=9,title=Unknown attribute [MP602]::100%25 wrong:%0Asee%0A%0AWrite it."
	if got := github.Annotation(d, "envs/a,b:.hcl"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	d.Severity = diag.Note
	if got := github.Annotation(d, "a.hcl"); got != "" {
		t.Errorf("of a note: %q", got)
	}
}

func TestAnAnnotationShowsNothingHiddenAndNoOtherCommand(t *testing.T) {
	hostile := "x\x1b[2J\u202e ##[error]x\r\n::set-output name=digest::evil"
	d := diag.Err("MP101", "Summary", hostile).WithDo(hostile)
	d.Subject = &hcl.Range{Start: hcl.Pos{Line: 1, Column: 1}, End: hcl.Pos{Line: 1, Column: 2}}
	shown := strings.NewReplacer("%0A", "\n", "%0D", "\r").Replace(github.Annotation(d, "a\u202e/"+hostile))
	_, shown, _ = strings.Cut(shown, "::")
	if strings.ContainsAny(shown, "\x1b\u202e\r") || strings.Contains(shown, "##[") || strings.Contains(shown, "\n::") {
		t.Errorf("the log shows %q", shown)
	}
}
