package entra

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// sameMethod refuses what asks a server to take a request for one of another
// method: headers such as X-HTTP-Method-Override, and the parameters that
// frameworks know for the same.
func sameMethod(h http.Header, query string) error {
	for name := range h {
		if overrides(name) {
			return fmt.Errorf("the header %s could make it another method", name)
		}
	}
	// A server may part a query at semicolons, too.
	for _, pair := range strings.FieldsFunc(query, func(c rune) bool { return c == '&' || c == ';' }) {
		name, _, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil {
			return errors.New("a query that cannot be read")
		}
		if overrides(plain) {
			return fmt.Errorf("the parameter %s could make it another method", plain)
		}
	}
	return nil
}

// overrides tells a name by which another method is asked for, however it is
// spelled. x-ms-… and client-request-id are none.
func overrides(name string) bool {
	plain := strings.Map(func(c rune) rune {
		if c == '-' || c == '_' || c == '$' || c == ' ' {
			return -1
		}
		return c
	}, strings.ToLower(name))
	return plain == "method" || plain == "xmethod" || strings.Contains(plain, "httpmethod") || strings.Contains(plain, "methodoverride")
}

// actions are what Graph does when it is asked to, by the names that stand at
// the end of an address: those of application, servicePrincipal,
// directoryObject, user and message (Graph's CSDL), and $batch. OData lets only
// POST call an action; that a server keeps to it is nothing to rely on.
var actions = map[string]bool{
	"addkey": true, "addpassword": true, "removekey": true, "removepassword": true, "addtokensigningcertificate": true,
	"setverifiedpublisher": true, "unsetverifiedpublisher": true, "restore": true, "instantiate": true,
	"acquireaccesstoken": true, "pause": true, "start": true, "provisionondemand": true,
	"sendmail": true, "send": true, "reply": true, "replyall": true, "forward": true, "move": true, "copy": true,
	"createreply": true, "createreplyall": true, "createforward": true, "createuploadsession": true,
	"assignlicense": true, "changepassword": true, "revokesigninsessions": true, "invalidateallrefreshtokens": true,
	"reprocesslicenseassignment": true, "verify": true, "validateproperties": true,
	"checkmemberobjects": true, "getmemberobjects": true, "checkmembergroups": true, "getmembergroups": true,
	"getbyids": true, "validatepassword": true, "$batch": true,
}

// lookingPath checks the path of a GET to Graph: that it reads the same however
// often it is decoded, and calls no action.
func lookingPath(u *url.URL) error {
	path := u.EscapedPath()
	if !strings.HasPrefix(path, "/") || u.Opaque != "" || u.User != nil {
		return errors.New("an address that is no path")
	}
	for _, segment := range strings.Split(path[1:], "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil || segment == "" || plain == "." || plain == ".." || strings.ContainsAny(plain, "/\\%;\x00\r\n") {
			return errors.New("an address that can be read in two ways")
		}
		name, _, _ := strings.Cut(plain, "(")
		name = name[strings.LastIndexByte(name, '.')+1:] // microsoft.graph.addPassword
		if actions[strings.ToLower(name)] && !strings.Contains(plain, "@") {
			return fmt.Errorf("%s is an action", plain)
		}
	}
	return nil
}
