#!/usr/bin/env bash
# How fast the window starts, whether it always answers, and what many pictures cost: ./dev bench
#   bench.sh BUILD-FOLDER
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

build=$(readlink -f "$1")
export QLENS_SRC=$PWD QLENS_BUILD=$build QLENS_LIBEXEC=$build GSETTINGS_SCHEMA_DIR=$build/data
export OPENBLAS_NUM_THREADS=1
model=$build/synth-mid
[ -d "$model" ] || "$build/tests/tools/synth-model" opt-mid "$model" > /dev/null

# GTK and the bus have things to say that are nobody's business here.
measure () { tests/ui/run-ui-test.sh "$@" 2>&1 | grep -vE '^(# |dbus-daemon|$)' || [ "${PIPESTATUS[0]}" -eq 0 ]; }

measure python3 tests/ui/bench-start.py "$build/qlens"
measure "$build/tests/ui/bench-window" "$model"
