#!/usr/bin/env bash
# Every global of the engine starts with b2_, so that it can be linked with anything.
. "$(dirname "$0")/tap.sh"

library=${QLENS_BUILD:?is set by meson}/engine/libb2.a
if [ ! -f "$library" ]; then
  fail "the engine's library is built" "$library"
else
  names=$(nm -g --defined-only "$library" 2> /dev/null | awk 'NF == 3 { print $3 }' | sort -u)
  check "libb2.a defines something" "$([ -n "$names" ] || echo "no symbols in $library")"
  check "globals of libb2.a start with b2_" "$(printf '%s\n' "$names" | grep -v '^b2_' || true)"
fi
tap_end
