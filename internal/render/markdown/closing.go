package markdown

import (
	"strings"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/render/markup"
)

// closing is the digest and what to type.
func (c *comment) closing() string {
	out := ""
	if !c.Empty() {
		if l := first(c.parts.Identity(), 6); len(l) > 0 {
			out += "\n" + prose(l[0]) + "\n"
			if len(l) > 1 {
				out += "\n" + list("", l[1:])
			}
		}
	}
	switch {
	case c.o.AsOf:
		return out + "\n" + c.t.lookAhead + "\n"
	case c.Empty():
		if c.o.Digest != "" {
			out += "\n" + c.t.digest + " " + markup.Code(c.o.Digest) + "\n"
		}
		return out
	}
	out += heading(c.t.apply)
	switch {
	case c.o.Digest != "":
		out += c.t.digest + " " + markup.Code(c.o.Digest) + "\n\n" + c.t.reviewed + "\n\n"
	case c.Partial():
		out += c.t.noDigest + "\n\n"
	}
	return out + markup.Fence("sh", c.command())
}

// command is the command that applies this plan and no other.
func (c *comment) command() string {
	words := []string{"mailprov"}
	if d := c.o.Directory; d != "" && d != "." {
		words = append(words, message.Word("-chdir="+d))
	}
	words = append(words, "apply")
	for _, f := range c.o.Flags {
		words = append(words, message.Word(f))
	}
	if c.o.Digest != "" {
		words = append(words, "-expect="+c.o.Digest)
	}
	line := strings.Join(words, " ")
	if len(line) > 2_000 {
		return c.t.longCommand
	}
	return line
}
