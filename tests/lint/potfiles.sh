#!/usr/bin/env bash
# Every file with text to translate is named in po/POTFILES.in, and every named file exists.
. "$(dirname "$0")/tap.sh"

listed=$(sed 's/#.*//; /^[[:space:]]*$/d; s/^\[[^]]*\]//' po/POTFILES.in 2> /dev/null | sort -u)
check "po/POTFILES.in names files" "$([ -n "$listed" ] || echo "it is empty or missing")"
with_text=$({
  grep -lE '\b(_|N_|C_|NC_|ngettext|g_dngettext) ?\(' $(find app ui -name '*.c')
  grep -lE 'translatable="(yes|true)"' $(find resources ui -name '*.ui') /dev/null
  find data -name '*.desktop.in*' -o -name '*.metainfo.xml.in*'
} 2> /dev/null | sort -u)
check "all files with text to translate are in it" "$(comm -13 <(echo "$listed") <(echo "$with_text"))"
check "all files in it exist" "$(while read -r file; do [ -f "$file" ] || echo "$file"; done <<< "$listed")"
for po in po/*.po; do
  [ -f "$po" ] || continue
  check "$po is sound" "$(msgfmt --check -o /dev/null "$po" 2>&1)"
done
tap_end
