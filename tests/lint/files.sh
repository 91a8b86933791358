#!/usr/bin/env bash
# Files that are not C: scripts, manuals, the menu and catalogue entries, JSON, templates.
. "$(dirname "$0")/tap.sh"

# with TOOL NAME COMMAND…: skips where the tool is missing; its output is the complaint
with () {
  local tool=$1 name=$2 output
  shift 2
  command -v "$tool" > /dev/null || { skip "$name" "$tool is not installed"; return; }
  if output=$("$@" 2>&1); then pass "$name"; else fail "$name" "$output"; fi
}

for script in dev .ci/run $(find tests -name '*.sh' | sort); do
  with bash "$script parses" bash -n "$script"
  case $script in */tap.sh) continue ;; esac
  check "$script may be run" "$([ -x "$script" ] || echo "chmod +x $script")"
done
for page in data/man/*.1; do
  with mandoc "$page is a sound manual" mandoc -T lint -W warning "$page"
done
for entry in $(find data -name '*.desktop'); do
  with desktop-file-validate "$entry is a sound menu entry" desktop-file-validate "$entry"
done
for entry in $(find data -name '*.metainfo.xml'); do
  with appstreamcli "$entry is a sound catalogue entry" appstreamcli validate --no-net "$entry"
done
for file in data/samples/boxes.json data/samples/samples.json $(find data/models -name '*.json'); do
  with python3 "$file is JSON" python3 -m json.tool "$file" /dev/null
done

if python3 -c 'import yaml' 2> /dev/null; then
  with python3 "the Flatpak manifests fit the build" python3 tests/lint/packaging.py
else
  skip "the Flatpak manifests fit the build" "python3-yaml is not installed"
fi

# "Open with" offers every kind of picture that is read; some go by a newer name, or one for each variant
kinds=$(grep -o '"image/[^"]*"' app/image-format.c | tr -d '"' | sort -u
  printf 'image/%s\n' vnd.microsoft.icon x-portable-bitmap x-portable-graymap x-portable-pixmap)
offered=$(sed -n 's/^MimeType=//p' data/io.github.qlens.Qlens.desktop.in | tr ';' '\n' | sed '/^$/d' | sort -u)
check "the menu entry names every kind of picture that is read, and no other" \
  "$(diff <(sort -u <<< "$kinds") <(echo "$offered") || true)"

# each command and each option has its place in the manual
if [ -x "${QLENS_BUILD:-}/qlens-cli" ]; then
  help=$(LC_ALL=C "$QLENS_BUILD/qlens-cli" --help | awk '/^  [a-z]/ { print $1 }')
  missing=
  for command in $help; do
    grep -qE "^\.It Cm $command$" data/man/qlens-cli.1 || missing+="command $command
"
    for option in $(LC_ALL=C "$QLENS_BUILD/qlens-cli" "$command" --help | grep -oE -- '--[a-z-]+' | sort -u); do
      grep -qE "Fl -${option#--}\b" data/man/qlens-cli.1 || missing+="$command $option
"
    done
  done
  check "the manual of qlens-cli tells of every command and option" "$missing"
fi
tap_end
