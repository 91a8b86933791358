"""Makes a translation into no language: every text accented, bracketed and about 40 % longer.

usage: pseudo-locale.py qlens.pot xx.po

For looking at layouts: what is cut lacks its bracket, what is not translated lacks its
accents. Format directives, mnemonics (_) and newlines at either end stay, so that
msgfmt --check --check-accelerators=_ finds nothing.
"""

import re
import sys

GROWTH = 0.4
ACCENTS = str.maketrans(
    "aceginosuyzACEGINOSUYZ",
    "áçéğíñóšúýžÁÇÉĞÍÑÓŠÚÝŽ",
)
VOWELS = "aeiouyAEIOUY"
# A directive of printf or strftime, or a mnemonic's letter: not to be touched.
KEPT = re.compile(r"%(?:\d+\$)?[-+ #0']*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|j|z|t|L)?[a-zA-Z%]|_.", re.DOTALL)
HEADER = (
    "Project-Id-Version: qlens\\n"
    "PO-Revision-Date: 2000-01-01 00:00+0000\\n"
    "Last-Translator: pseudo-locale.py\\n"
    "Language-Team: none\\n"
    "Language: xx\\n"
    "MIME-Version: 1.0\\n"
    "Content-Type: text/plain; charset=UTF-8\\n"
    "Content-Transfer-Encoding: 8bit\\n"
    "Plural-Forms: nplurals=2; plural=n != 1;\\n"
)


def unquote(line):
    text = line[line.index('"') + 1 : line.rindex('"')]
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "r": "\r"}.get(m[1], m[1]), text)


def quote(text):
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


def entries(path):
    """Of each entry its flags and its fields by keyword."""
    fields, flags, key = {}, "", None
    with open(path, encoding="utf-8") as lines:
        for line in [*lines, "\n"]:
            line = line.strip()
            if line.startswith("#,"):
                flags = line
            elif line.startswith('"'):
                fields[key] += unquote(line)
            elif line.startswith("msg"):
                key = line.split()[0]
                fields[key] = unquote(line)
            elif not line and fields:
                yield flags, fields
                fields, flags = {}, ""


def pieces(text):
    """The text cut into (piece, whether it may change)."""
    at = 0
    for kept in KEPT.finditer(text):
        yield text[at : kept.start()], True
        yield kept[0], False
        at = kept.end()
    yield text[at:], True


def lengthen(text):
    core = text.strip("\n")
    start = text.index(core) if core else 0
    lead, trail = text[:start], text[start + len(core) :]
    want = max(2, round(len(core) * GROWTH)) - 2  # the brackets are two
    letters = sum(c in VOWELS for piece, free in pieces(core) if free for c in piece)
    result, seen, added = "", 0, 0
    for piece, free in pieces(core):
        for c in piece:
            result += c.translate(ACCENTS) if free else c
            if free and c in VOWELS:
                # Spread over the text, as longer words are.
                seen += 1
                more = want * seen // letters - added
                result += c.lower().translate(ACCENTS) * more
                added += more
    return f"{lead}[{result}{'~' * (want - added)}]{trail}"


def main(pot, po):
    with open(po, "w", encoding="utf-8") as out:
        out.write(f'msgid ""\nmsgstr "{HEADER}"\n')
        for flags, fields in entries(pot):
            if not fields["msgid"]:
                continue
            out.write(f"\n{flags}\n" if flags else "\n")
            for key in ("msgctxt", "msgid", "msgid_plural"):
                if key in fields:
                    out.write(f"{key} {quote(fields[key])}\n")
            if "msgid_plural" in fields:
                out.write(f"msgstr[0] {quote(lengthen(fields['msgid']))}\n")
                out.write(f"msgstr[1] {quote(lengthen(fields['msgid_plural']))}\n")
            else:
                out.write(f"msgstr {quote(lengthen(fields['msgid']))}\n")


main(*sys.argv[1:])
