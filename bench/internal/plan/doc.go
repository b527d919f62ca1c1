// Package plan says what is measured, who is compared, and what we aim at.
package plan
