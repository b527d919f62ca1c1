// Package recipes has short answers to what programs often need: one file each, to be copied and
// changed, with a test beside it. docs/RECIPES.md is the index.
package recipes
