// Package appregistration is the app_registration block: an application, its
// service principal, its permissions with their consent, and its owners.
//
// It is pure: no network, no clock, no files.
package appregistration
