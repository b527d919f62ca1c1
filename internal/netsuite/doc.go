// Package netsuite holds package await to what golang.org/x/net says of connections: its suite for
// net.Conn, and package net's resolver over our sockets against a name server made of its
// messages. It has nothing but tests, and a go.mod of its own so that users of await do not
// download x/net.
package netsuite
