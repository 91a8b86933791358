#!/bin/sh
# Runs a UI test (or any command) in a display and a session bus of its own, the same everywhere.
set -eu

for tool in xvfb-run dbus-run-session; do
  if ! command -v "$tool" > /dev/null; then
    echo "1..0 # SKIP $tool is not installed"
    exit 0
  fi
done

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME="$home" XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/data" XDG_CACHE_HOME="$home/cache"
export XDG_RUNTIME_DIR="$home/run"
mkdir -m 700 "$XDG_RUNTIME_DIR"
export GDK_BACKEND=x11 GDK_SCALE=1 GSK_RENDERER=cairo GTK_THEME="${GTK_THEME:-Default}" GSETTINGS_BACKEND=memory
export GTK_A11Y="${GTK_A11Y:-test}" G_DEBUG="${G_DEBUG:-fatal-warnings}" LC_ALL="${LC_ALL:-C.UTF-8}" NO_AT_BRIDGE=1
export LANGUAGE="${TEST_LANGUAGE:-}" # not what the person reads who runs the tests
unset WAYLAND_DISPLAY QLENS_MODEL GTK_IM_MODULE

# What the bus' own services print goes to stderr: stdout is the test's.
exec 3>&1 1>&2
xvfb-run -a -s "-screen 0 ${TEST_SCREEN:-1400x1000}x24 -noreset" dbus-run-session -- sh -c 'exec "$@" >&3' sh "$@"
