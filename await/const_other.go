//go:build !unix

package await

const msgDontWait = 0
