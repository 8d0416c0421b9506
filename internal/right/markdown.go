package right

import (
	"fmt"
	"strings"
)

// Markdown is the documentation of identities and commands: two tables.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| identity | what for | application permissions of Microsoft Graph |\n|---|---|---|\n")
	for _, i := range Identities() {
		own := ""
		if i.Owns {
			own = "; owner of the applications (`tenant.operators`)"
		}
		fmt.Fprintf(&b, "| %s | %s | `%s`%s |\n", i.Name, i.For, strings.Join(i.Permissions, "`, `"), own)
	}
	b.WriteString("\n| command | identity | reads | writes |\n|---|---|---|---|\n")
	for _, u := range Uses() {
		var who, reads, writes []string
		for _, i := range u.By {
			who = append(who, i.Name)
		}
		for _, c := range u.Reads {
			reads = append(reads, short(c))
		}
		for _, c := range u.Goes {
			reads = append(reads, "("+short(c)+")")
		}
		for _, c := range u.Writes {
			writes = append(writes, short(c))
		}
		for _, w := range u.With {
			if text := fmt.Sprintf("%s where there is `%s`", short(w.Call), w.When); strings.HasPrefix(string(w.Call), "read") {
				reads = append(reads, text)
			} else {
				writes = append(writes, strings.ReplaceAll(text, "`", ""))
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", u.Command, strings.Join(who, ", "), strings.Join(reads, ", "), orNothing(writes))
	}
	return b.String()
}

// short is a call without its verb.
func short(c Call) string {
	_, what, _ := strings.Cut(string(c), " ")
	if strings.HasPrefix(string(c), "read") {
		return what
	}
	return string(c)
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}
