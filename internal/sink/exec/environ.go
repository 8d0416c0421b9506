package exec

import (
	"runtime"
	"slices"
	"strings"
)

// lent are the variables of this process that a program gets: what it needs to
// find its way on the machine and out of it. All others stay here, above all
// those by which this run signs in.
var lent = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR",
}

// lentOnWindows are those without which hardly a program starts there.
var lentOnWindows = []string{
	"SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "TEMP", "TMP", "USERNAME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH",
	"APPDATA", "LOCALAPPDATA", "ProgramData", "ProgramFiles", "ProgramFiles(x86)", "CommonProgramFiles", "PSModulePath", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
}

// passed picks from an environment what a program gets.
func passed(environ []string) []string {
	var out []string
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		is := func(known string) bool { return sameName(name, known) }
		if slices.ContainsFunc(lent, is) || strings.HasPrefix(name, "LC_") || runtime.GOOS == "windows" && slices.ContainsFunc(lentOnWindows, is) {
			out = append(out, e)
		}
	}
	return out
}

// variable is the value of a variable; of several, the last one counts.
func variable(environ []string, name string) string {
	for _, e := range slices.Backward(environ) {
		if n, v, _ := strings.Cut(e, "="); sameName(n, name) {
			return v
		}
	}
	return ""
}

func sameName(a, b string) bool {
	return a == b || runtime.GOOS == "windows" && strings.EqualFold(a, b)
}
