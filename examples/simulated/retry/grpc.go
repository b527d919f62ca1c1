package retry

import (
	"context"
	"encoding/json"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/awaitio/awaitio/await"
)

// A payRequest is the request of the gRPC service, which has one unary method. Messages are JSON, so
// that nothing is generated.
type payRequest struct {
	Payment
	Key string
}

// payReply has the balance after the payment.
type payReply struct{ Balance int }

const (
	serviceName = "retry.Bank"
	payMethod   = "Pay"
)

// jsonCodec is the grpc/encoding.Codec.
type jsonCodec struct{}

func (jsonCodec) Marshal(v any) ([]byte, error)      { return json.Marshal(v) }
func (jsonCodec) Unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }
func (jsonCodec) Name() string                       { return "json" }

// A payer is what the service needs.
type payer interface {
	pay(key string, p Payment) (balance int, err error)
}

var service = grpc.ServiceDesc{
	ServiceName: serviceName,
	HandlerType: (*payer)(nil),
	Methods:     []grpc.MethodDesc{{MethodName: payMethod, Handler: handlePay}},
}

func handlePay(s any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	var r payRequest
	if err := decode(&r); err != nil {
		return nil, err
	}
	balance, err := s.(payer).pay(r.Key, r.Payment)
	if err != nil {
		return nil, err
	}
	return &payReply{balance}, nil
}

func serveGRPC(ctx context.Context, listener net.Listener, w Wire, l *ledger) error {
	o := []grpc.ServerOption{grpc.ForceServerCodec(jsonCodec{})}
	if w.Server != nil {
		o = append(o, grpc.Creds(credentials.NewTLS(w.Server)))
	}
	s := grpc.NewServer(o...)
	s.RegisterService(&service, l)
	defer context.AfterFunc(ctx, s.Stop)()
	return s.Serve(listener)
}

// A grpcCaller asks a bank by gRPC.
type grpcCaller struct{ conn *grpc.ClientConn }

// keepaliveEvery is the shortest that gRPC takes.
const keepaliveEvery = 10 * time.Second

func newGRPCCaller(io *await.IO, host string, w Wire) (*grpcCaller, error) {
	creds := insecure.NewCredentials()
	if w.Client != nil {
		creds = credentials.NewTLS(w.Client)
	}
	conn, err := grpc.NewClient("passthrough:///"+net.JoinHostPort(host, "80"),
		grpc.WithTransportCredentials(creds),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(jsonCodec{})),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveEvery, Timeout: answerMax}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: pauseMin, Multiplier: 2, Jitter: 0.2, MaxDelay: pauseMax},
			MinConnectTimeout: answerMax,
		}),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return io.DialContext(ctx, "tcp", address)
		}))
	return &grpcCaller{conn}, err
}

func (c *grpcCaller) pay(ctx context.Context, key string, p Payment) (balance int, err error) {
	var reply payReply
	err = c.conn.Invoke(ctx, "/"+serviceName+"/"+payMethod, &payRequest{p, key}, &reply)
	return reply.Balance, err
}

func (c *grpcCaller) close() { c.conn.Close() }
