#!/usr/bin/python3
"""A batch by keyboard and screen reader alone, from a folder on the command line to its captions."""

import os
import re
import shutil
import subprocess
import tempfile

import e2e
from e2e import Atspi, application, check, find, key, type_text, unnamed, wait_for

NAMES = ["01-donut.png", "02-tent.png", "03-tree.jpg"]
N_MORE = 150
DONUT = e2e.sample(NAMES[0])["model_caption"]


def row(app, pattern):
    """A row of the table whose name says so."""
    return find(app, ".*", pattern)


def read(folder, name):
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            return f.read()
    except OSError:
        return None


def n_captions(folder):
    return sum(name.endswith(".txt") for name in os.listdir(folder))


def main(folder):
    for name in NAMES:
        shutil.copy(os.path.join(e2e.SRC, "data/samples", name), folder)
    with open(os.path.join(folder, "04-broken.png"), "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n broken")
    program = e2e.start(folder)
    try:
        app = wait_for(application)
        waiting = wait_for(lambda: row(app, r"^01-donut\.png, Waiting$"))
        check("a folder on the command line is a batch", waiting is not None)
        bad = unnamed(app)
        check("every control has a name (batch)", not bad, "; ".join(bad))
        key("F5")
        done = wait_for(lambda: row(app, r"^01-donut\.png, Described: " + re.escape(DONUT) + "$"))
        check("F5 starts it, and a row says its caption", done is not None)
        failed = wait_for(lambda: row(app, r"^04-broken\.png, Failed: .+"))
        check("a row that failed says why", failed is not None)
        alert = wait_for(lambda: find(app, "alert|notification", "^3 described, 1 failed$"))
        check("its end is an alert", alert is not None)
        check("the caption is in a file", read(folder, "01-donut.txt") == DONUT + "\n")

        # From the buttons above the table, by Tab and arrow keys alone.
        key("ctrl+b")
        wait_for(lambda: row(app, r"^01-donut\.png, ") is None)
        key("ctrl+b")
        wait_for(lambda: row(app, r"^01-donut\.png, "))
        key("Home")
        key("F2")
        entry = wait_for(lambda: find(app, "text", "^Caption$"))
        check("F2 edits the caption of the row", entry is not None)
        key("ctrl+a")
        type_text("never mind")
        key("Escape")
        gone = wait_for(lambda: find(app, "text", "^Caption$") is None)
        check("Esc leaves it as it was", bool(gone) and read(folder, "01-donut.txt") == DONUT + "\n")
        key("Return")
        entry = wait_for(lambda: find(app, "text", "^Caption$"))
        check("Enter edits, too", entry is not None)
        key("ctrl+a")
        type_text("a bun")
        key("Return")
        saved = wait_for(lambda: read(folder, "01-donut.txt") == "a bun\n")
        check("Enter saves what was typed", bool(saved), repr(read(folder, "01-donut.txt")))
        named = wait_for(lambda: row(app, r"^01-donut\.png, Described: a bun$"))
        check("and the row says it", named is not None)
        key("Down", "F2")
        entry = wait_for(lambda: find(app, "text", "^Caption$"))
        key("ctrl+a")
        type_text("a hut")
        key("Tab")
        saved = wait_for(lambda: read(folder, "02-tent.txt") == "a hut\n")
        check("the arrow keys go on from there, and leaving saves", bool(saved), repr(read(folder, "02-tent.txt")))

        key("ctrl+shift+f")
        key("shift+F10")
        item = wait_for(lambda: find(app, "menu item", "^Show Error"))
        check("a row has a menu", item is not None)
        bad = unnamed(app)
        check("every control has a name (menu of a row)", not bad, "; ".join(bad))
        key("Escape")
        wait_for(lambda: find(app, "menu item", "^Show Error") is None, 3)
        key("ctrl+shift+b")
        option = wait_for(lambda: find(app, "radio button|check box|toggle button", "^Overwrite$"))
        check("the options open by a key", option is not None)
        bad = unnamed(app)
        check("every control has a name (options)", not bad, "; ".join(bad))
        key("Escape")

        # A second folder goes into the same table; the program is left while it is worked at.
        more = os.path.join(folder, "more")
        os.mkdir(more)
        for i in range(N_MORE):
            shutil.copy(os.path.join(e2e.SRC, "data/samples", NAMES[1]), os.path.join(more, f"m{i:03}.png"))
        e2e.start(more).wait(15)
        added = wait_for(lambda: row(app, r"^m000\.png, Waiting$"))
        check("another folder is added to the batch that is there", added is not None)
        key("F5")
        wait_for(lambda: n_captions(more) >= 3)
        key("ctrl+q")
        status = None
        try:
            status = program.wait(30)
        except subprocess.TimeoutExpired:
            pass
        check("Ctrl+Q in the midst of it ends the program without a warning", status == 0, f"status {status}")
        n = n_captions(more)
        check("it does not wait for the rest", 3 <= n < N_MORE, f"{n} captions")
        leftovers = [name for name in os.listdir(more) if name.startswith(".")]
        check("nothing is half written", not leftovers and all(
            read(more, name).endswith("\n") for name in os.listdir(more) if name.endswith(".txt")), str(leftovers))
    finally:
        if program.poll() is None:
            program.kill()
            program.wait()


with tempfile.TemporaryDirectory() as directory:
    main(directory)
e2e.finish()
