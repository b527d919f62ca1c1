package await

import (
	"context"
	"net"
	"reflect"
	"sync"

	"github.com/awaitio/awaitio/internal/netname"
)

// A connectTrace is the hooks of net/http/httptrace that a dial calls. Package
// net calls the hooks of a lookup.
type connectTrace struct {
	start func(network, address string)
	done  func(network, address string, err error)
}

// traceOf is the hooks in ctx, and ctx for the lookup: without them, since connecting
// to a name server is not what they are for.
func traceOf(ctx context.Context) (t connectTrace, lookup context.Context) {
	hooks := hooksIn(ctx)
	if !hooks.IsValid() {
		return t, ctx
	}
	others := reflect.New(hooks.Type().Elem())
	others.Elem().Set(hooks.Elem())
	takeHook(others, "ConnectStart", &t.start)
	takeHook(others, "ConnectDone", &t.done)
	return t, context.WithValue(ctx, traceKey(), others.Interface())
}

// hooksIn is a pointer to the hooks in ctx, or not valid where there are none.
func hooksIn(ctx context.Context) (hooks reflect.Value) {
	key := traceKey()
	if key == nil {
		return hooks
	}
	found := reflect.ValueOf(ctx.Value(key))
	if found.Kind() != reflect.Pointer || found.IsNil() || found.Elem().Kind() != reflect.Struct {
		return hooks
	}
	return found
}

// takeHook moves a hook out of hooks. One that is not there, or has another type, is nil.
func takeHook[Hook any](hooks reflect.Value, name string, hook *Hook) {
	field := hooks.Elem().FieldByName(name)
	if !field.IsValid() || !field.CanSet() {
		return
	}
	if h, ok := field.Interface().(Hook); ok {
		*hook = h
		field.SetZero()
	}
}

// A lookupTrace is a Resolver of a simulated host, with the hooks of a lookup, which package
// net calls in any other.
type lookupTrace struct {
	netname.Resolver
	start func(host string)
	done  func(addrs []any, coalesced bool, err error)
}

// tracedLookup is r with the hooks in ctx.
func tracedLookup(ctx context.Context, r netname.Resolver) netname.Resolver {
	hooks := hooksIn(ctx)
	if !hooks.IsValid() {
		return r
	}
	t := lookupTrace{Resolver: r}
	copied := reflect.New(hooks.Type().Elem())
	copied.Elem().Set(hooks.Elem())
	takeHook(copied, "DNSStart", &t.start)
	takeHook(copied, "DNSDone", &t.done)
	return t
}

// LookupIPAddr is that of the host.
func (t lookupTrace) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	return tellLookup(t, host, func() ([]net.IPAddr, error) { return t.Resolver.LookupIPAddr(ctx, host) },
		func(a net.IPAddr) net.IPAddr { return a })
}

// LookupIP is that of the host.
func (t lookupTrace) LookupIP(ctx context.Context, network, host string) ([]net.IP, error) {
	return tellLookup(t, host, func() ([]net.IP, error) { return t.Resolver.LookupIP(ctx, network, host) },
		func(ip net.IP) net.IPAddr { return net.IPAddr{IP: ip} })
}

// tellLookup is what lookup finds, which the hooks are told as addresses.
func tellLookup[Found any](t lookupTrace, host string, lookup func() ([]Found, error), addr func(Found) net.IPAddr) ([]Found, error) {
	if t.start != nil {
		t.start(host)
	}
	found, err := lookup()
	if t.done != nil {
		all := make([]any, len(found))
		for i := range found {
			all[i] = addr(found[i])
		}
		t.done(all, false, err)
	}
	return found, err
}

// starts tells that a connect to remote begins.
func (t connectTrace) starts(network string, remote net.Addr) {
	if t.start != nil {
		t.start(network, remote.String())
	}
}

// ended tells how it came out.
func (t connectTrace) ended(network string, remote net.Addr, err error) {
	if t.done != nil {
		t.done(network, remote.String(), err)
	}
}

// traceKey is the key under which a context has the hooks, or nil. Its type is internal
// to the standard library, but package net asks a dial's context for it: before anything
// else, so that a dial that fails at once tells the key. net/http/httptrace would know
// it too, with a third of a program's size in crypto/tls.
var traceKey = sync.OnceValue(func() any {
	asked := &askedFor{Context: context.Background()}
	_, _ = new(net.Dialer).DialContext(asked, "", "") // there is no such network
	return asked.traceKey
})

// An askedFor is a context that notes which key it is asked for.
type askedFor struct {
	context.Context
	traceKey any
}

func (c *askedFor) Value(key any) any {
	if reflect.TypeOf(key).String() == "nettrace.TraceKey" {
		c.traceKey = key
	}
	return nil
}
