#!/usr/bin/env bash
# Draws the program in every state, size and variant, and an index.html to look through.
#   screenshots.sh BUILD-FOLDER [STATE…]
# The environment is that of the tests. One process a variant: themes, text sizes, directions and
# languages are the process's.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

readonly SIZES=(360x640 1280x800 1920x1080)
# name, theme, language, options
readonly VARIANTS=(
  "light    Default          -"
  "dark     Default:dark     -"
  "hc       Default-hc       -"
  "hc-dark  Default-hc-dark  -"
  "rtl      Default          ar  --rtl"
  "text150  Default          -   --text-scale=1.5"
  "long     Default          xx"
)
build=$(readlink -f "$1")
shift
out=$build/screenshots
mkdir -p "$out"
export QLENS_SRC=$PWD QLENS_BUILD=$build QLENS_LIBEXEC=$build GSETTINGS_SCHEMA_DIR=$build/data
export OPENBLAS_NUM_THREADS=1

shoot () {
  local size=$1 name=$2 theme=$3 language=$4
  shift 4
  printf '%s\n' "screenshots: $size $name" >&2
  (
    export TEST_SCREEN=$size GTK_THEME=$theme TEST_LANGUAGE=${language/#-/}
    [ "$language" != xx ] || export QLENS_CATALOGUE=$build/tests/tools/xx.mo
    tests/ui/run-ui-test.sh "$build/tests/ui/screenshots" --size="$size" --variant="$name" --out="$out" "$@" \
      2>&1 | grep -vE '^(# |$|dbus-daemon)' >&2 || [ "${PIPESTATUS[0]}" -eq 0 ]
  )
}

# All there is, also from earlier runs: for each state a row for each size.
index () {
  local states state size variant file
  cat <<'HTML'
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Qlens, drawn</title><style>
body { font-family: sans-serif; background: #777; color: #fff }
.row { display: flex; gap: 12px; overflow-x: auto; padding-bottom: 12px; align-items: start }
figure { margin: 0 } figcaption { font-size: smaller }
img { display: block; max-width: 480px; max-height: 480px; background: #555 }
nav a { color: #fff; margin-right: .6em }
</style></head><body>
HTML
  states=$("$build/tests/ui/screenshots" --list)
  printf '<nav>'
  for state in $states; do printf '<a href="#%s">%s</a>' "$state" "$state"; done
  printf '</nav>\n'
  for state in $states; do
    printf '<h2 id="%s">%s</h2>\n' "$state" "$state"
    for size in "${SIZES[@]}"; do
      printf '<div class="row">\n'
      for variant in "${VARIANTS[@]}"; do
        file=$state-$size-${variant%% *}.png
        [ ! -f "$out/$file" ] || printf '<figure><a href="%s"><img loading="lazy" src="%s" alt="%s"></a><figcaption>%s</figcaption></figure>\n' \
          "$file" "$file" "$file" "$size ${variant%% *}"
      done
      printf '</div>\n'
    done
  done
  printf '</body></html>\n'
}

for size in "${SIZES[@]}"; do
  for variant in "${VARIANTS[@]}"; do
    # shellcheck disable=SC2086
    shoot "$size" $variant "$@"
  done
done
index > "$out/index.html"
printf '%s\n' "screenshots: $out/index.html" >&2
