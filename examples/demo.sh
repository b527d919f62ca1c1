#!/bin/sh
# Runs an echo server that waits a second before it answers, and two clients:
# one gives it a little longer than that, one a little less.
set -eu
cd "$(dirname "$0")/.."

server=async_tcp_echo_server_delay
client=async_tcp_echo_client_timeout
delay=1000
patient=1100
hasty=900

tmp=$(mktemp -d)
pid=
cleanup() {
	if [ -n "$pid" ]; then kill -KILL "$pid" 2>/dev/null || true; fi
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# within runs a command every tenth of a second until it succeeds, at most for
# so many tenths, and reports whether it did.
within() {
	tenths=$1
	shift
	while ! "$@"; do
		if [ "$tenths" -le 0 ]; then return 1; fi
		tenths=$((tenths - 1))
		sleep 0.1
	done
}

ended() { ! kill -0 "$pid" 2>/dev/null; }
listening() { grep -qF "delay=$delay ms" "$tmp/server"; }
started() { listening || ended; }

# start runs the server on a port and reports whether it listens there. A port
# that someone else has is no failure; anything else is.
start() {
	: >"$tmp/server" # there to be read before the server has begun
	"$tmp/$server" -addr "127.0.0.1:$1" "$delay" >"$tmp/server" 2>&1 &
	pid=$!
	within 100 started || true
	if listening; then return 0; fi
	if ended && grep -q 'address already in use' "$tmp/server"; then
		wait "$pid" || true
		pid=
		return 1
	fi
	echo "FAIL: the server did not start on port $1:"
	cat "$tmp/server"
	exit 1
}

# meet runs the client with a timeout and wants a line of it.
meet() {
	status=0
	"$tmp/$client" -addr "127.0.0.1:$port" "$1" >"$tmp/client" 2>&1 || status=$?
	echo "\$ $client $1"
	sed 's/^/    /' "$tmp/client"
	if [ "$status" -eq 0 ] && grep -qF "$2" "$tmp/client"; then
		echo "ok: answer after $delay ms, timeout after $1 ms: $2"
		return
	fi
	failed=1
	echo "FAIL: answer after $delay ms, timeout after $1 ms: exit status $status and not '$2'"
}

# stop interrupts the server and wants it to end by itself, in peace.
stop() {
	kill -INT "$pid" 2>/dev/null || true
	status=0
	if within 50 ended; then
		wait "$pid" || status=$?
		pid=
	else
		status='none: it is still running'
	fi
	if [ "$status" = 0 ]; then
		echo "ok: the server stopped when interrupted"
		return
	fi
	failed=1
	echo "FAIL: the interrupted server's exit status is $status:"
	cat "$tmp/server"
}

"${GO:-go}" build -o "$tmp/" "./examples/$server" "./examples/$client"

port=3131
until start "$port"; do
	port=$((port + 1))
	if [ "$port" -gt 3150 ]; then
		echo "FAIL: no free port from 3131 to 3150"
		exit 1
	fi
done

failed=0
meet "$patient" 'Received: Hello from client!'
meet "$hasty" 'recv canceled.'
stop
exit "$failed"
