"""What the tests share that meet the program as people do: as a process, read through AT-SPI,
driven by real keys through xdotool. They print TAP, and run through run-ui-test.sh with
GTK_A11Y=atspi."""

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
# And where a program was slow to answer it has libdbus complain about a reply that never came.
os.environ["DBUS_FATAL_WARNINGS"] = "0"

try:
    import gi

    gi.require_version("Atspi", "2.0")
    from gi.repository import Atspi, GLib

    # Milliseconds, for a call and after a program's start; the default of 800 is too few beside a busy test run.
    Atspi.set_timeout(20000, 20000)
except (ImportError, ValueError):
    print("1..0 # SKIP gir1.2-atspi-2.0 is not installed")
    sys.exit(0)
if shutil.which("xdotool") is None:
    print("1..0 # SKIP xdotool is not installed")
    sys.exit(0)

SRC = os.environ["QLENS_SRC"]
PROGRAM = sys.argv[1]


def sample(name):
    """What is known of a sample picture."""
    with open(os.path.join(SRC, "data/samples/samples.json"), encoding="utf-8") as f:
        return next(s for s in json.load(f) if s["file"] == name)


def start(*arguments):
    return subprocess.Popen([PROGRAM, *arguments], env=PROGRAM_ENV)


number = 0
failures = 0


def check(name, ok, detail=""):
    global number, failures
    number += 1
    failures += not ok
    print(f"{'ok' if ok else 'not ok'} {number} {name}", flush=True)
    if not ok:
        print(f"# {detail}", flush=True)
    return ok


def wait_for(what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            result = what()
            if result:
                return result
        except GLib.Error:
            pass  # what it looked at has gone away
        time.sleep(0.05)
    return None


def application():
    try:
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            app = desktop.get_child_at_index(i)
            if app is not None and app.get_name() == "qlens":
                return app
    except GLib.Error:
        pass  # it has only begun
    return None


def tree(node, depth=0):
    """It and all below it that does not go away while we look. An error where it is gone itself: the program may have ended."""
    yield node, depth
    try:
        children = [node.get_child_at_index(i) for i in range(node.get_child_count())]
    except GLib.Error:
        if depth == 0:
            raise
        return
    for child in children:
        if child is not None:
            yield from tree(child, depth + 1)


def find(app, role, pattern):
    """The last one: the newest in a transcript. What is invisible is not in the tree."""
    found = None
    for node, _ in tree(app):
        try:
            if re.fullmatch(role, node.get_role_name()) and re.search(pattern, node.get_name() or ""):
                found = node
        except GLib.Error:
            pass
    return found


def finish():
    """The end of the TAP; the process' status."""
    print(f"1..{number}")
    sys.exit(1 if failures else 0)


def key(*keys):
    subprocess.run(["xdotool", "key", *keys], check=True)


def type_text(text):
    subprocess.run(["xdotool", "type", "--delay", "5", "--", text], check=True)


def unnamed(app):
    """Controls whose name is empty or falls back to their type's name."""
    controls = {"push button", "toggle button", "menu item", "text", "list item", "image", "log", "slider", "link"}
    bad = []
    for node, _ in tree(app):
        try:
            name = node.get_name() or ""
            role = node.get_role_name()
        except GLib.Error:
            continue
        if name == "GtkTooltipWindow":  # GTK's own, there while the pointer rests; its label has the text
            continue
        if re.match(r"(Gtk|Ql)[A-Z]", name) or (role in controls and not name):
            bad.append(f"{role} “{name}”")
    return bad
