// Package mailtarget is the mail_target block: a product that uses a secret,
// what it needs of the application, and the settings its screen asks for.
//
// It is pure: no network, no clock, no files.
package mailtarget
