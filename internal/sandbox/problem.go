package sandbox

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/mailprov/mailprov/internal/sandbox/csdl"
	"github.com/mailprov/mailprov/internal/sandbox/odata"
)

// problem is an error as Graph answers it.
type problem struct {
	Status  int
	Code    string
	Message string
	Inner   string // Key Vault's innererror
	Details []detail
	Header  http.Header
}

type detail struct {
	Code    string `json:"code"`
	Target  string `json:"target,omitempty"`
	Message string `json:"message"`
}

func (p *problem) Error() string { return p.Code + ": " + p.Message }

func bad(format string, args ...any) *problem {
	return &problem{Status: http.StatusBadRequest, Code: "Request_BadRequest", Message: fmt.Sprintf(format, args...)}
}

// malformed is what the gateway in front of the directory says of requests it cannot read.
func malformed(format string, args ...any) *problem {
	return &problem{Status: http.StatusBadRequest, Code: "BadRequest", Message: fmt.Sprintf(format, args...)}
}

func unsupportedQuery(format string, args ...any) *problem {
	return &problem{Status: http.StatusBadRequest, Code: "Request_UnsupportedQuery", Message: fmt.Sprintf(format, args...)}
}

func notFound(id string) *problem {
	return &problem{Status: http.StatusNotFound, Code: "Request_ResourceNotFound",
		Message: fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)}
}

func denied() *problem {
	return &problem{Status: http.StatusForbidden, Code: "Authorization_RequestDenied",
		Message: "Insufficient privileges to complete the operation."}
}

func notModelled(what string) *problem {
	return &problem{Status: http.StatusNotImplemented, Code: "NotImplemented",
		Message: fmt.Sprintf("The mailprov sandbox does not model %s. Microsoft Graph may well do; the sandbox does not guess.", what)}
}

func invalidValue(property, resource, why string) *problem {
	return &problem{Status: http.StatusBadRequest, Code: "Request_BadRequest",
		Message: fmt.Sprintf("Invalid value specified for property '%s' of resource '%s'.", property, resource),
		Details: []detail{{Code: "InvalidValue", Target: property, Message: why}}}
}

func taken(property string) *problem {
	return &problem{Status: http.StatusBadRequest, Code: "Request_BadRequest",
		Message: fmt.Sprintf("Another object with the same value for property %s already exists.", property),
		Details: []detail{{Code: "ObjectConflict", Target: property,
			Message: fmt.Sprintf("Another object with the same value for property %s already exists.", property)}}}
}

// asProblem turns the errors of the grammar and the schema into Graph's.
func asProblem(err error) *problem {
	var p *problem
	var schema *csdl.Problem
	var syntax *odata.SyntaxError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &schema):
		return &problem{Status: http.StatusBadRequest, Code: "Request_BadRequest", Message: schema.Text,
			Details: []detail{{Code: "InvalidValue", Target: schema.Path, Message: schema.Text}}}
	case errors.As(err, &syntax):
		return malformed("%s", syntax.Text)
	}
	return &problem{Status: http.StatusInternalServerError, Code: "InternalServerError", Message: "The sandbox failed: " + err.Error()}
}
