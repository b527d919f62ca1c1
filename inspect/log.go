package inspect

import (
	"context"
	"log/slog"

	"github.com/awaitio/awaitio/internal/words"
	"github.com/awaitio/awaitio/proactor"
)

// LogTo returns a function for Config.OnNotice that writes each notice to logger. Slow calls,
// loops that stand still and fallbacks are warnings, and failed loops are errors. All other
// notices have level debug, because the default IO starts and ends its loops all the time.
func LogTo(logger *slog.Logger) func(proactor.Notice) {
	return func(n proactor.Notice) {
		level := slog.LevelDebug
		switch n.Kind {
		case proactor.NoticeSlow, proactor.NoticeStalled, proactor.NoticeFellBack:
			level = slog.LevelWarn
		case proactor.NoticeSlowEnded, proactor.NoticeGoesOn:
			level = slog.LevelInfo
		}
		if n.Kind == proactor.NoticeEnded && n.Err != nil {
			level = slog.LevelError
		}
		logger.LogAttrs(context.Background(), level, "awaitio: "+string(n.Kind), attributes(n)...)
	}
}

func attributes(n proactor.Notice) []slog.Attr {
	all := []slog.Attr{slog.String("backend", n.Backend), slog.Int("loop", n.Loop)}
	add := func(a slog.Attr, known bool) {
		if known {
			all = append(all, a)
		}
	}
	o := &n.Operation
	add(slog.String("op", o.Op), o.Op != "")
	add(slog.String("target", words.Printable(o.Target)), o.Target != "")
	add(slog.String("label", words.Printable(o.Label)), o.Label != "")
	add(slog.String("state", string(o.State)), o.State != "")
	add(slog.Int("fd", o.FD), o.Op != "" && o.FD >= 0)
	add(slog.Duration("elapsed", n.Took), n.Took != 0)
	add(slog.String("phase", n.Phase), n.Phase != "")
	add(slog.Any("err", n.Err), n.Err != nil)
	add(slog.Uint64("suppressed", n.Suppressed), n.Suppressed > 0)
	add(slog.String("stacks", n.Stacks), n.Stacks != "")
	return all
}
