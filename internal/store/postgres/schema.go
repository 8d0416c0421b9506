package postgres

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
)

// DefaultSchema is the schema of a block that names none.
const DefaultSchema = "mailprov"

// Schema describes the block:
//
//	backend "postgres" {
//	  schema = "mailprov"
//	  name   = "example-mail"
//	}
//
// with the connection in MAILPROV_PG_URL or libpq's PG variables.
func Schema() resource.Schema {
	return resource.Schema{Attrs: []resource.Attr{
		{Name: "name", Type: cty.String, Required: true, Doc: "Name of the state; a schema holds any number of them."},
		{Name: "schema", Type: cty.String, Default: cty.StringVal(DefaultSchema), Doc: "Schema that holds the tables; it is made where it is missing."},
		{Name: "conn_str", Type: cty.String, Doc: "Where the database is, without a password, such as postgres://db.example.co.jp/mailprov; MAILPROV_PG_URL or the PG variables by default."},
	}}
}
