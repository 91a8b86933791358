#!/usr/bin/python3
"""The program as people meet it: started as a process, read through AT-SPI, driven by
real keys through xdotool. Prints TAP. Run through run-ui-test.sh with GTK_A11Y=atspi."""

import json
import os
import re
import shutil
import subprocess
import sys
import time

# Warnings are fatal to the program, not to this reader: its AT-SPI library warns when it asks a
# program that has just begun.
PROGRAM_ENV = dict(os.environ)
os.environ.pop("G_DEBUG", None)

try:
    import gi

    gi.require_version("Atspi", "2.0")
    from gi.repository import Atspi
except (ImportError, ValueError):
    print("1..0 # SKIP gir1.2-atspi-2.0 is not installed")
    sys.exit(0)
if shutil.which("xdotool") is None:
    print("1..0 # SKIP xdotool is not installed")
    sys.exit(0)

SRC = os.environ["QLENS_SRC"]
PROGRAM = sys.argv[1]
SAMPLE = "12-carrot-watermelon.png"
with open(os.path.join(SRC, "data/samples/samples.json"), encoding="utf-8") as f:
    EXPECTED = next(s for s in json.load(f) if s["file"] == SAMPLE)

number = 0
failures = 0


def check(name, ok, detail=""):
    global number, failures
    number += 1
    failures += not ok
    print(f"{'ok' if ok else 'not ok'} {number} {name}", flush=True)
    if not ok:
        print(f"# {detail}", flush=True)


def wait_for(what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = what()
        if result:
            return result
        time.sleep(0.05)
    return None


def application():
    desktop = Atspi.get_desktop(0)
    for i in range(desktop.get_child_count()):
        app = desktop.get_child_at_index(i)
        if app is not None and app.get_name() == "qlens":
            return app
    return None


def tree(node, depth=0):
    yield node, depth
    for i in range(node.get_child_count()):
        child = node.get_child_at_index(i)
        if child is not None:
            yield from tree(child, depth + 1)


def find(app, role, pattern):
    """The last one: the newest in a transcript. What is invisible is not in the tree."""
    found = None
    for node, _ in tree(app):
        try:
            if re.fullmatch(role, node.get_role_name()) and re.search(pattern, node.get_name() or ""):
                found = node
        except gi.repository.GLib.Error:
            pass  # it went away while we looked
    return found


def key(*keys):
    subprocess.run(["xdotool", "key", *keys], check=True)


def type_text(text):
    subprocess.run(["xdotool", "type", "--delay", "5", text], check=True)


def unnamed(app):
    """Controls whose name is empty or falls back to their type's name."""
    controls = {"push button", "toggle button", "menu item", "text", "list item", "image", "log", "slider", "link"}
    bad = []
    for node, _ in tree(app):
        name = node.get_name() or ""
        role = node.get_role_name()
        if re.match(r"(Gtk|Ql)[A-Z]", name) or (role in controls and not name):
            bad.append(f"{role} “{name}”")
    return bad


def main():
    program = subprocess.Popen([PROGRAM, os.path.join(SRC, "data/samples", SAMPLE)], env=PROGRAM_ENV)
    try:
        app = wait_for(application)
        check("the program is on the accessibility bus", app is not None)
        if app is None:
            return
        caption = EXPECTED["model_caption"]
        row = wait_for(lambda: find(app, "list item", re.escape(caption)))
        check("the caption of a picture given on the command line is read", row is not None, "no row with it")
        picture = find(app, "image", re.escape(SAMPLE))
        check("the picture has a name", picture is not None)
        check("the caption describes the picture", picture is not None and picture.get_description() == caption)

        question = EXPECTED["qa"][0]
        type_text(question["question"])
        key("Return")
        row = wait_for(lambda: find(app, "list item", re.escape(question["question"])))
        check("a question typed and sent with Enter is in the transcript", row is not None)
        row = wait_for(lambda: find(app, "list item", "Answer: " + re.escape(question["answer"]) + "$"))
        check("its answer is read", row is not None)
        alert = wait_for(lambda: find(app, "alert|notification", "^Answer: " + re.escape(question["answer"]) + "$"))
        check("its answer is an alert", alert is not None)

        type_text("first")
        key("shift+Return")
        type_text("second")
        text = wait_for(lambda: find(app, "text", "^Question$"))
        content = Atspi.Text.get_text(text, 0, -1) if text is not None else ""
        check("Shift+Enter begins a line", content == "first\nsecond", repr(content))
        bad = unnamed(app)
        check("every control has a name (conversation)", not bad, "; ".join(bad))

        key("ctrl+n")
        sample = wait_for(lambda: find(app, "push button", "^Sample picture: "))
        check("Ctrl+N leads back to the start", sample is not None)
        bad = unnamed(app)
        check("every control has a name (start)", not bad, "; ".join(bad))
        if sample is not None:
            Atspi.Action.do_action(sample, 0)
            shown = re.sub("^Sample picture: ", "", sample.get_name())
            row = wait_for(lambda: find(app, "list item", re.escape(shown)))
            check("a sample opens by its accessible action and is captioned", row is not None, shown)
        key("ctrl+v")
        row = wait_for(lambda: find(app, "label", "The clipboard holds no picture"))
        check("pasting nothing says so", row is not None)
        bad = unnamed(app)
        check("every control has a name (message)", not bad, "; ".join(bad))
        key("Escape")
        gone = wait_for(lambda: find(app, "label", "The clipboard holds no picture") is None)
        check("Esc closes the message", bool(gone))
        key("F10")
        item = wait_for(lambda: find(app, "menu item", "Keyboard Shortcuts"))
        check("F10 opens the menu", item is not None)
        key("Escape")
        wait_for(lambda: find(app, "menu item", "Keyboard Shortcuts") is None, 3)
        before = find(app, "frame|window|dialog", "Shortcuts")
        key("ctrl+question")
        shortcuts = wait_for(lambda: find(app, "frame|window|dialog", "Shortcuts"), 10)
        check("Ctrl+? shows the shortcuts", before is None and shortcuts is not None, f"before: {before}")
        key("Escape")
        wait_for(lambda: find(app, "frame|window|dialog", "Shortcuts") is None, 3)
        key("ctrl+q")
        status = None
        try:
            status = program.wait(15)
        except subprocess.TimeoutExpired:
            pass
        check("Ctrl+Q ends the program without a warning", status == 0, f"status {status}")
    finally:
        if program.poll() is None:
            program.kill()
            program.wait()
        print(f"1..{number}")


main()
sys.exit(1 if failures else 0)
