// Command mailprov provisions the Entra app registrations with which products
// send and receive Microsoft 365 mail.
package main

import (
	"os"

	"github.com/mailprov/mailprov/internal/cli"
)

func main() { os.Exit(cli.Main()) }
