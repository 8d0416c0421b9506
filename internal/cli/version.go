package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// version is the module's version as the linker knows it; a build from a
// checkout is "0.1.0-dev" with the commit. Before the first tag the go command
// calls a commit v0.0.0-…, which is older than what any file requires.
func version() string {
	const development = "0.1.0-dev"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return development
	}
	if v := info.Main.Version; v != "" && v != "(devel)" && !strings.HasPrefix(v, "v0.0.0-") {
		return strings.TrimPrefix(v, "v")
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return development + "+" + s.Value[:12]
		}
	}
	return development
}

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Show the version",
		Long:    "Show the version of mailprov, and with which Go and for which platform it was built.",
		Example: "  mailprov version\n  mailprov version -json",
		Args:    takes(),
		RunE: func(*cobra.Command, []string) error {
			if !asJSON {
				a.print("%s", fmt.Sprintf("mailprov %s (%s, %s/%s)", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH))
				return nil
			}
			return json.NewEncoder(a.io.out).Encode(map[string]string{
				"version": version(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return c
}
