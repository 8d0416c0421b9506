package archtest

// rooms says what each room may import of this module. Paths are relative to
// internal, except cmd's; "*" stands for one path element. The first row that
// fits a package counts. Imports point down this list, and a package without
// a row is a mistake: whoever adds a room says here what it may know.
//
// What stands in everywhere is not repeated in each row.
var rooms = []room{
	{"cmd/mailprov", "cli"},
	{"cli", "finding workflow lang plan state status evidence product resource resource/* render/* render/sheet/* identity clipboard entra sandbox secret event durable addr diag diag/explain"},
	{"workflow", "finding right lang apply directory verify plan state product resource resource/* status evidence render/sheet store store/encrypted store/kinds sink sink/kinds identity entra sandbox rotate event durable dag secret addr diag"},

	// Carrying out.
	{"apply", "directory verify entra plan state store sink resource resource/* rotate event dag secret addr diag"},
	{"directory", "entra plan resource resource/* right rotate dag secret addr diag"},
	{"verify", "entra secret"},
	{"entra", "secret"},

	// Deciding. Pure: see pureRooms.
	{"lang", "resource resource/* addr diag"},
	{"plan", "right state resource resource/* rotate addr diag"},
	{"status", "product state resource resource/appregistration rotate addr"},
	{"state", "rotate addr"},

	// Rooms with a contract, implementations and a table of them (kinds).
	// Implementations know the contract and what they share, never one another.
	{"render/rendertest", "plan state status resource resource/* rotate addr diag"},
	{"render/width", ""},
	{"render/sheet", "product render/sheet/*"},
	{"render/sheet/layout", "product render/width"},
	{"render/sheet/sheettest", "product render/sheet"},
	{"render/sheet/yamldoc", "product render/sheet/jsondoc"},
	{"render/sheet/*", "product render/sheet/layout render/markup render/width"},
	{"render/markup", "render/width"},
	{"render/markup/markuptest", ""},
	{"render/markdown", "plan resource resource/* render/term render/markup addr diag"},
	{"render/*", "finding plan state status evidence resource resource/* rotate event render/width addr diag"},
	{"store", "addr"},
	{"store/kinds", "store store/* state recipient secret resource durable addr diag"},
	{"store/storetest", "store state addr"},
	{"store/azblob", "store resource secret addr"},
	{"store/azblob/azuritetest", "store/servertest"},
	{"store/encrypted", "store"},
	{"store/postgres/postgrestest", "store/servertest"},
	{"store/servertest", ""},
	{"store/*", "store resource durable addr"},
	{"sink", "recipient secret addr"},
	{"sink/kinds", "sink sink/* store resource durable addr diag"},
	{"sink/sinktest", "sink sink/slot store store/local state durable secret addr"},
	{"sink/slot", "sink store durable secret addr"},
	{"sink/worktree", ""},
	{"sink/*", "sink sink/slot store recipient resource durable secret addr"},
	{"product", "resource addr diag"},
	{"resource", "addr diag"},
	{"resource/*", "resource rotate addr diag"},

	// What everything stands on.
	{"identity", "secret"},
	{"clipboard", "secret"},
	{"recipient", "secret"},
	{"rotate", "addr"},
	{"evidence", ""},
	{"right", ""},
	{"finding", ""},
	{"event", "diag"},
	{"message", ""},
	{"diag", "render/width"},
	{"diag/explain", "diag"},
	{"dag", ""},
	{"durable", ""},
	{"failpoint", "durable"}, // of tests: no row names it
	{"secret", ""},
	{"addr", ""},

	// Apart: the emulator shares no code with the client it tests.
	{"sandbox", "sandbox/*"},
	{"sandbox/data/gen", "sandbox/data"},
	{"sandbox/*", ""},

	// Apart: the written form of the documents.
	{"schema", "finding render/jsonout product state status evidence event addr diag"},
	{"schema/generate", "schema"},
	{"schema/schematest", "schema"},

	// Apart: tests of the whole program, and what runs the examples' workflows.
	{"e2e", ""},
	{"actionstest", ""},
}

// everywhere are the rooms that every other may import, save the emulator, which
// stands apart, and message itself.
var everywhere = []string{"message"}

// vendors says which rooms may import a module of others, by its prefix, tests
// included. What is not listed is free.
var vendors = []room{
	{"github.com/microsoftgraph/", "entra"},
	{"github.com/microsoft/kiota", "entra"},
	{"github.com/Azure/", "entra sink/keyvault store/azblob store/azblob/*"},
	{"github.com/Azure/azure-sdk-for-go/sdk/azidentity", "entra"},
	{"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/", "sink/keyvault"},
	{"github.com/Azure/azure-sdk-for-go/sdk/storage/", "store/azblob store/azblob/*"},
	{"github.com/AzureAD/", "entra"},
	{"github.com/spf13/", "cli"},
	{"golang.org/x/term", "cli"},
	{"github.com/aymanbagabas/go-osc52/", "clipboard"},
	{"github.com/gofrs/flock", "store/local"},
	{"github.com/jackc/", "store/postgres"},
	{"github.com/go-git/", "sink/worktree"},
	{"k8s.io/", "sink/kubesecret"},
	{"github.com/go-jose/", "sandbox actionstest"},
}

// pureRooms decide from what they are given. They reach neither network,
// files, processes, chance nor the clock.
var pureRooms = []string{
	"addr", "dag", "message", "diag", "diag/explain", "event", "secret", "rotate", "resource", "resource/*",
	"product", "state", "status", "evidence", "finding", "right", "plan", "lang", "render/*", "render/sheet/*",
}

// impure are the imports that pure rooms may not have themselves.
var impure = []string{
	"net", "net/http", "net/smtp", "os", "os/exec", "os/signal", "os/user", "syscall", "log", "crypto/rand", "math/rand", "math/rand/v2",
}

// unreachable are the imports that pure rooms may not have through others
// either.
var unreachable = []string{"net/http", "os/exec"}

// speakers may write to the process's own streams and end it.
var speakers = []string{"cmd/*", "cli"}

// clocks may ask what time it is; everybody else is told. Waiting for something
// outside is another matter, and forbidden to pure rooms alone.
var clocks = []string{"cli", "entra", "sandbox"}
