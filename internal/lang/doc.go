// Package lang turns the HCL files of one directory into one flat set of
// desired instances: for_each, dynamic blocks, locals, references and
// functions end here.
//
// It goes in three steps, each of which reports all it finds:
//
//	Load      parses the files, settles the variables and reads the settings
//	          (mailprov, backend, tenant), which may use nothing else.
//	Expand    settles for_each, resolves every reference statically and puts
//	          everything in the order of evaluation; gives the data to look up.
//	Evaluate  computes every instance, given what is known of the others.
//
// What is already reported evaluates to an unknown value, so that one mistake
// is said once.
//
// It may import hcl and cty, addr, diag and resource. It opens no file, no
// connection and asks no clock: files come as bytes, what functions read comes
// through Options.ReadFile, and the same input gives the same result.
package lang
