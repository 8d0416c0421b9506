package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// full is a configuration with one application that uses every attribute, a
// secret in two sinks and a product that a person fills in.
func full() map[string]string {
	return map[string]string{"main.mailprov.hcl": `mailprov {
  name      = "full"
  time_zone = "Asia/Tokyo"

  backend "local" {
    path = "mailprov.state.json"
  }
}

tenant {
  id = "example.co.jp"
}

sink "sealed" "team" {
  recipients = { admin = "{admin}", safe = "{safe}" }
}

sink "file" "disk" {
  path = "secret.txt"
}

data "user" "hanbai" {
  user_principal_name = "hanbai@example.co.jp"
}

data "user" "sales" {
  user_principal_name = "sales@example.co.jp"
}

app_registration "mail" {
  display_name     = "Mail sender"
  description      = "Sends notices."
  notes            = "Kept by IT."
  sign_in_audience = "AzureADMyOrg"
  identifier_uris  = ["api://${self.client_id}"]
  owners           = [data.user.hanbai.id]

  web {
    redirect_uris = ["https://app.example.co.jp/callback"]
    homepage_url  = "https://app.example.co.jp/"
    logout_url    = "https://app.example.co.jp/logout"

    implicit_grant {
      id_token = true
    }
  }

  single_page_application {
    redirect_uris = ["https://spa.example.co.jp/"]
  }

  public_client {
    redirect_uris = ["http://localhost"]
  }

  api_permissions "microsoft_graph" {
    application = ["Mail.Send"]
    delegated   = ["User.Read"]
  }

  api_permissions "office365_exchange_online" {
    delegated = ["SMTP.Send"]
  }
  admin_consent = true
}

client_secret "mail" {
  app           = app_registration.mail
  display_name  = "For notices"
  lifetime      = "90d"
  rotate_before = "30d"
  deliver_to    = [sink.team, sink.disk]
}

mail_target "palettetree" "notices" {
  secret  = client_secret.mail
  mailbox = "noreply@example.co.jp"
  contact = "IT"
}

output "client_id" {
  value = app_registration.mail.client_id
}
`}
}

// bare is a configuration with a number of applications, each with a secret, an
// application permission and a delegated one, and nothing else.
func bare(n int) map[string]string {
	var out strings.Builder
	out.WriteString(`mailprov {
  name = "bare"

  backend "local" {
    path = "mailprov.state.json"
  }
}

tenant {
  id = "example.co.jp"
}

sink "sealed" "team" {
  recipients = { admin = "{admin}", safe = "{safe}" }
}
`)
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&out, `
app_registration "a%03d" {
  display_name = "App %03d"

  api_permissions "microsoft_graph" {
    application = ["Mail.Send"]
    delegated   = ["User.Read"]
  }
  admin_consent = true
}

client_secret "a%03d" {
  app        = app_registration.a%03d
  deliver_to = [sink.team]

  retire {
    on    = "delivery"
    after = "14d"
  }
}
`, i, i, i, i)
	}
	return map[string]string{"main.mailprov.hcl": out.String()}
}

// unseal reads what the sealed sink of full holds as the value in use.
func (p *project) unseal(secret string) string {
	p.t.Helper()
	if p.remote {
		return p.must(0, "secret", "show", "-raw", "client_secret."+secret).stdout
	}
	return unsealed(p.t, p.env["MAILPROV_IDENTITY"], filepath.Join(p.dir, stateFile+".sealed", "team+"+secret+".age"))
}

func unsealed(t testing.TB, keyFile, path string) string {
	t.Helper()
	keys, err := os.Open(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	ids, err := age.ParseIdentities(keys)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(raw)), ids...)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}
