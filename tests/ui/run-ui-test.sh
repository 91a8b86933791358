#!/bin/sh
# Runs a UI test (or any command) in a display and a session bus of its own, the same everywhere, several at once.
set -eu

for tool in Xvfb dbus-run-session; do
  if ! command -v "$tool" > /dev/null; then
    echo "1..0 # SKIP $tool is not installed"
    exit 0
  fi
done

home=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; wait "$server" || :; fi; rm -rf "$home"' EXIT
export HOME="$home" XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/data" XDG_CACHE_HOME="$home/cache"
export XDG_RUNTIME_DIR="$home/run"
mkdir -m 700 "$XDG_RUNTIME_DIR"
export GDK_BACKEND=x11 GDK_SCALE=1 GSK_RENDERER=cairo GTK_THEME="${GTK_THEME:-Default}" GSETTINGS_BACKEND=memory
export GTK_A11Y="${GTK_A11Y:-test}" G_DEBUG="${G_DEBUG:-fatal-warnings}" LC_ALL="${LC_ALL:-C.UTF-8}" NO_AT_BRIDGE=1
export LANGUAGE="${TEST_LANGUAGE:-}" # not what the person reads who runs the tests
unset WAYLAND_DISPLAY QLENS_MODEL GTK_IM_MODULE

# What the bus' own services print goes to stderr: stdout is the test's.
exec 3>&1 1>&2

# The server finds a free number by itself and writes it, once it can be used: no two ever want the same.
Xvfb -displayfd 4 -screen 0 "${TEST_SCREEN:-1400x1000}x24" -noreset -nolisten tcp 4> "$home/display" 3>&- &
server=$!
while [ ! -s "$home/display" ]; do
  kill -0 "$server" 2> /dev/null || { server=; echo "Xvfb has ended" >&2; exit 1; }
  sleep 0.05
done
DISPLAY=:$(cat "$home/display")
export DISPLAY

status=0
dbus-run-session -- sh -c 'exec "$@" >&3' sh "$@" || status=$?
exit "$status"
