package cli

import (
	"io"
	"path/filepath"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/markdown"
)

// comment writes a plan as a comment on a pull request.
func (a *app) comment(p *plan.Plan, vars varFlags) error {
	a.commented = true
	return markdown.Plan(a.io.out, p, a.commentOptions(p, vars))
}

func (a *app) commentOptions(p *plan.Plan, vars varFlags) markdown.Options {
	o := a.ofComment()
	o.Diagnostics, o.Digest, o.AsOf = a.remarks, p.Digest(), p.Options.AsOf
	o.Flags = append(planOptions(p.Options), files(vars)...)
	if a.useSandbox() {
		o.Flags = append(o.Flags, "-sandbox")
	}
	return o
}

// noPlan writes the comment that says why there is no plan, unless there is
// one: a comment that stays would say something about another revision.
func (a *app) noPlan(ds diag.Diagnostics) {
	if a.commented {
		return
	}
	a.commented = true
	if err := a.writeNoPlan(a.io.out, ds); err != nil {
		a.say("Error: %s", err)
	}
}

func (a *app) writeNoPlan(w io.Writer, ds diag.Diagnostics) error {
	o := a.ofComment()
	o.Diagnostics, o.Sources = ds, a.project.Sources()
	about := markdown.Subject{}
	if a.project != nil {
		about.Name, about.Tenant = a.project.About()
	}
	return markdown.Failure(w, about, o)
}

func (a *app) ofComment() markdown.Options {
	o := markdown.Options{Language: a.language(), Directory: filepath.ToSlash(a.dir)}
	if a.project != nil {
		o.Language = a.project.Language()
		_, o.Tenant = a.project.About()
	}
	return o
}

// planOptions are the flags that make a plan what it is.
func planOptions(o plan.Options) []string {
	var out []string
	for _, f := range []struct {
		set  bool
		flag string
	}{{o.Destroy, "-destroy"}, {o.SkipGrant, "-consent=skip"}, {o.NoRefresh, "-refresh=false"}, {o.NoRotation, "-rotate=none"}} {
		if f.set {
			out = append(out, f.flag)
		}
	}
	for _, t := range o.Targets {
		out = append(out, "-target="+t.String())
	}
	for _, r := range o.Replace {
		out = append(out, "-replace="+r.String())
	}
	for _, r := range o.AllowReplace {
		out = append(out, "-allow-replace="+r.String())
	}
	return out
}

// files are the files of variables. A variable that is set on the command line
// may be a secret, and is left to whoever types the command.
func files(vars varFlags) []string {
	var out []string
	for _, v := range vars.list {
		if v.File != "" {
			out = append(out, "-var-file="+v.File)
		}
	}
	return out
}
