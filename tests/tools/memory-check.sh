#!/usr/bin/env bash
# memory-check.sh BUILD FOLDER [MODEL…]: is the memory that `qlens-cli info` foretells, within 5 %, what a caption then
# takes? Of full-size models with random weights, made in FOLDER one after the other and removed again; or of MODELs.
set -euo pipefail

readonly BUILD=$1 FOLDER=$2
shift 2
readonly PICTURE=data/samples/01-donut.png
FAILED=0

# check MODEL BEAMS TOKENS
check () {
  local options=(--model "$1" --beams "$2" --max-new-tokens "$3") told took
  told=$("$BUILD/qlens-cli" info --json "${options[@]}" | sed -n 's/.*"peak_bytes": *\([0-9]*\).*/\1/p')
  took=$("$BUILD/tests/tools/peak-memory" "$BUILD/qlens-cli" caption "${options[@]}" --min-new-tokens "$3" "$PICTURE" | tail -n 1)
  awk -v told="$told" -v took="$took" -v beams="$2" -v tokens="$3" -v model="$(basename "$1")" 'BEGIN {
    off = 100 * (told / took - 1)
    printf "%-12s %d beams %3d tokens: told %8.1f MB, took %8.1f MB, %+5.1f %%\n", model, beams, tokens, told / 1e6, took / 1e6, off
    exit off > 5 || off < -5 }' || FAILED=1
}

check_all () {
  check "$1" 1 10
  check "$1" 5 30
}

if [ $# -gt 0 ]; then
  for model in "$@"; do check_all "$model"; done
else
  for shape in opt-2.7b flan-t5-xl; do
    tokenizer=data/models/qlens-demo-opt
    [ "$shape" = opt-2.7b ] || tokenizer=tests/golden/t5-basic
    mkdir -p "$FOLDER"
    "$BUILD/tests/tools/synth-model" "$shape" "$FOLDER/$shape" "$tokenizer" > /dev/null
    check_all "$FOLDER/$shape"
    rm -r -- "${FOLDER:?}/$shape"
  done
fi
exit "$FAILED"
