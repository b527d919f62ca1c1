// Package apitest holds docs/API.md true: the table of every exported name of
// packages net and os with what package await has for it.
//
// The names come from the compiler's export data of the installed Go, and the
// decisions from decisions.go. The package must not be imported by anything.
package apitest
