package await

import (
	"context"
	"net"
	"reflect"
	"sync"
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
	key := traceKey()
	if key == nil {
		return t, ctx
	}
	hooks := reflect.ValueOf(ctx.Value(key))
	if hooks.Kind() != reflect.Pointer || hooks.IsNil() || hooks.Elem().Kind() != reflect.Struct {
		return t, ctx
	}
	others := reflect.New(hooks.Type().Elem())
	others.Elem().Set(hooks.Elem())
	takeHook(others, "ConnectStart", &t.start)
	takeHook(others, "ConnectDone", &t.done)
	return t, context.WithValue(ctx, key, others.Interface())
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
