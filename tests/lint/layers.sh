#!/usr/bin/env bash
# The arrows engine <- app <- ui, and those inside engine/, by what files include.
. "$(dirname "$0")/tap.sh"

# included FILE…: "file:line:included" of every #include
included () {
  grep -nHE '^[[:space:]]*#[[:space:]]*include' "$@" /dev/null \
    | sed -E 's/^([^:]+:[0-9]+):[[:space:]]*#[[:space:]]*include[[:space:]]*/\1: /' \
    | sed -E 's/[[:space:]]*(\/[*\/].*)?$//'
}
# sources FOLDER: its C files
sources () { find "$1" -name '*.[ch]' 2> /dev/null | sort; }
# own FILE…: only what comes from this tree
own () { included "$@" | grep -E ': "' || true; }
libraries () { included "$@" | grep -E ': <' || true; }

# may NAME FOLDER REGEX: own includes of the folder match REGEX only
may () {
  local files
  mapfile -t files < <(sources "$2")
  [ ${#files[@]} -gt 0 ] || { skip "$1" "no files yet"; return; }
  check "$1" "$(own "${files[@]}" | grep -vE ": \"($3)\"" || true)"
}
# may_not_use NAME FOLDER REGEX: no library header matches REGEX
may_not_use () {
  local files
  mapfile -t files < <(sources "$2")
  [ ${#files[@]} -gt 0 ] || { skip "$1" "no files yet"; return; }
  check "$1" "$(libraries "${files[@]}" | grep -E ": <($3)" || true)"
}

gtk='gtk/|gdk/|gsk/|graphene'
may "engine sees nothing outside engine" engine 'engine/.*'
may_not_use "engine uses no GObject, GIO, gettext, GdkPixbuf or GTK" engine \
  "gio/|glib-object|gobject/|glib/gi18n|libintl|gdk-pixbuf/|$gtk"

inside () { may "engine/$1 sees only: ${2//|/ }" "engine/$1" "engine/($2)/.*"; }
inside core 'core'
inside quant 'quant'
inside kernels 'quant|kernels'
inside io 'core|io'
inside text 'core|text'
inside nn 'core|kernels|quant|nn'
inside models 'core|kernels|quant|nn|io|models'
may "engine/run sees all of the inside and b2.h" engine/run \
  'engine/(core|kernels|quant|nn|io|text|models|run)/.*|engine/b2(-lab)?\.h'
may_not_use "engine/quant is plain C11" engine/quant 'glib|gio|jansson|pthread|threads\.h|gobject'
may_not_use "engine/kernels is plain C11" engine/kernels 'glib|gio|jansson|threads\.h|gobject'
check "engine/quant and engine/kernels start no threads" \
  "$(grep -rnE 'pthread_create|thrd_create' engine/quant engine/kernels || true)"
check "engine/b2.h sees only engine/core" "$(own engine/b2.h | grep -v '"engine/core/' || true)"
check "engine/b2-lab.h sees only engine/b2.h" "$(own engine/b2-lab.h | grep -v '"engine/b2\.h"' || true)"

mapfile -t app < <(sources app | grep -v '^app/main\.c$')
check "app sees only app and the engine's front" \
  "$(own "${app[@]}" | grep -vE ': "(app/.*|engine/b2(-lab|-train)?\.h)"' || true)"
may_not_use "app uses no GTK" app "$gtk"
check "app/main.c is the one that sees ui" \
  "$([ ! -f app/main.c ] || own app/main.c | grep -vE ': "(app/.*|ui/application\.h)"' || true)"
may "ui sees only ui and app" ui '(app|ui)/.*'
mapfile -t everything < <(sources engine; sources app; sources ui)
# The decoder's files have a socket pair between two processes; its self-test tries what must fail.
check "app/hub-http.c alone talks to the network" \
  "$(grep -nE 'libsoup/|<sys/socket\.h>|<netdb\.h>|<netinet/|<curl/|g_socket_|g_resolver_|g_network_' "${everything[@]}" \
    | grep -vE '^app/(hub-http|decode-self-test)\.c:|^app/deco[a-z-]*\.c:[0-9]+:#include <sys/socket\.h>' || true)"
mapfile -t ui < <(sources ui)
check "no float pointer in ui's headers" \
  "$(grep -nE 'float[[:space:]]*\*' "${ui[@]}" /dev/null | grep '\.h:' || true)"
mapfile -t all < <(sources engine; sources app; sources ui)
check "includes are root-relative" "$(own "${all[@]}" | grep -vE ': "(engine|app|ui)/' || true)"
tap_end
