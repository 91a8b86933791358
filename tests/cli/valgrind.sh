#!/usr/bin/env bash
# One caption under valgrind: no invalid access, nothing uninitialised, no leak.
. "$(dirname "$0")/../lint/tap.sh"

name="qlens-cli caption is clean under valgrind"
if ! command -v valgrind > /dev/null; then
  skip "$name" "valgrind is not installed"
else
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  text=$(OPENBLAS_NUM_THREADS=1 G_SLICE=always-malloc valgrind --quiet --error-exitcode=99 --leak-check=full \
    --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect --log-file="$log" \
    --suppressions=tests/tools/valgrind.supp \
    "${QLENS_BUILD:?is set by meson}/qlens-cli" caption --threads 2 data/samples/01-donut.png)
  status=$?
  if [ $status -eq 0 ] && [ ! -s "$log" ]; then pass "$name"; else fail "$name" "exit status $status
$(head -n 60 "$log")"; fi
  if [ "$text" = "a purple donut in the sky" ]; then pass "it is the same caption"; else fail "it is the same caption" "$text"; fi
fi
tap_end
