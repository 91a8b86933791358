# Test Anything Protocol for shell scripts: source it, call pass/fail/skip, end with tap_end.
tap_n=0
tap_failed=0

pass () { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1"; }
skip () { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1 # SKIP $2"; }
# fail NAME [DETAILS]
fail () {
  tap_n=$((tap_n + 1))
  tap_failed=$((tap_failed + 1))
  echo "not ok $tap_n - $1"
  [ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
}
# check NAME DETAILS: passes where there are no details to complain of
check () { if [ -z "$2" ]; then pass "$1"; else fail "$1" "$2"; fi; }
tap_end () { echo "1..$tap_n"; [ "$tap_failed" -eq 0 ]; }

cd "${QLENS_SRC:?is set by meson}" || exit 1
