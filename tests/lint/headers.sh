#!/usr/bin/env bash
# Every header compiles by itself, is guarded, and says what it is for.
. "$(dirname "$0")/tap.sh"

mapfile -t engine < <(find engine -name '*.h' | sort)
mapfile -t app < <(find app -name '*.h' | sort)
mapfile -t ui < <(find ui -name '*.h' | sort)

complaints=$(mktemp)
trap 'rm -f "$complaints"' EXIT
# alone FLAGS FILE…: what the compiler says of each
alone () {
  local flags=$1
  shift
  [ $# -gt 0 ] || return 0
  printf '%s\n' "$@" | xargs -P 2 -I{} sh -c "printf '#include \"%s\"\ntypedef int nothing;\n' '{}' \
    | ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Werror -fsyntax-only -I. $flags -x c - \
      > /dev/null 2>&1 || echo '{}'" >> "$complaints"
}
# compiles NAME PACKAGES FILE…
compiles () {
  local name=$1 packages=$2 flags
  shift 2
  # shellcheck disable=SC2086
  if ! flags=$(pkg-config --cflags $packages 2> /dev/null); then
    skip "$name" "$packages not installed"
    return
  fi
  : > "$complaints"
  alone "$flags" "$@"
  check "$name" "$(sort "$complaints")"
}
compiles "engine's headers compile alone" "glib-2.0 jansson" "${engine[@]}"
compiles "app's headers compile alone" "gio-2.0 gdk-pixbuf-2.0 jansson pangocairo" "${app[@]}"
compiles "ui's headers compile alone" "gtk4" "${ui[@]}"

check "headers begin with #pragma once" \
  "$(for file in "${engine[@]}" "${app[@]}" "${ui[@]}"; do
    [ "$(grep -vE '^[[:space:]]*(/\*|\*|//|$)' "$file" | head -n 1)" = "#pragma once" ] || echo "$file"
  done)"
check "headers are documented" \
  "$(grep -L '/\*\*' "${engine[@]}" "${app[@]}" "${ui[@]}" /dev/null | grep -v /dev/null || true)"
tap_end
