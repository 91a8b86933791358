#!/usr/bin/python3
"""The program on the session bus: started by it, opening files, its actions used by others, and
the manual's own examples. Prints TAP. Run through run-ui-test.sh: the bus is the test's own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

PROGRAM_ENV = dict(os.environ)
os.environ.pop("G_DEBUG", None)

try:
    from gi.repository import Gio, GLib
except ImportError:
    print("1..0 # SKIP python3-gi is not installed")
    sys.exit(0)
for tool in ("gapplication", "gdbus"):
    if shutil.which(tool) is None:
        print(f"1..0 # SKIP {tool} is not installed")
        sys.exit(0)

APP = "io.github.qlens.Qlens"
PATH = "/io/github/qlens/Qlens"
SRC, BUILD = os.environ["QLENS_SRC"], os.environ["QLENS_BUILD"]
PROGRAM = sys.argv[1]
with open(os.path.join(SRC, "data/samples/samples.json"), encoding="utf-8") as f:
    SAMPLES = {s["file"]: s for s in json.load(f)}
FIRST, SECOND = "12-carrot-watermelon.png", "01-donut.png"
bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
number = 0
failures = 0


def check(name, ok, detail=""):
    global number, failures
    number += 1
    failures += not ok
    print(f"{'ok' if ok else 'not ok'} {number} {name}", flush=True)
    if not ok:
        print(f"# {detail}", flush=True)


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = what()
        if result:
            return result
        time.sleep(0.05)
    return None


def call(path, interface, method, parameters=None, name=APP):
    return bus.call_sync(name, path, interface, method, parameters, None, Gio.DBusCallFlags.NONE, 60000, None).unpack()


def bus_call(method, *arguments):
    signature = "(" + "".join("u" if isinstance(a, int) else "s" for a in arguments) + ")"
    return call("/org/freedesktop/DBus", "org.freedesktop.DBus", method,
                GLib.Variant(signature, arguments) if arguments else None, "org.freedesktop.DBus")


def owner():
    """Who has the name; never starts anyone."""
    try:
        return bus_call("GetNameOwner", APP)[0]
    except GLib.Error:
        return None


def window(n=1):
    return f"{PATH}/window/{n}"


def exists(path):
    try:
        call(path, "org.gtk.Actions", "List")
        return True
    except GLib.Error:
        return False


def activate(path, action, *parameters):
    call(path, "org.gtk.Actions", "Activate", GLib.Variant("(sava{sv})", (action, list(parameters), {})))


def enabled(path, action):
    return call(path, "org.gtk.Actions", "Describe", GLib.Variant("(s)", (action,)))[0][0]


def conversation(path):
    """As the program itself exports it."""
    target = os.path.join(os.environ["HOME"], "export.json")
    if os.path.exists(target):
        os.remove(target)
    activate(path, "save-as", GLib.Variant("s", "file://" + target))

    def read():
        try:
            with open(target, encoding="utf-8") as f:
                return json.load(f)
        except (OSError, ValueError):
            return None
    return wait_for(read, 5) or {}


def answered(path, file, n=1):
    """The texts of a conversation about a picture, when the nth one is there; else nothing."""
    if not enabled(path, "save-as") or not enabled(path, "describe"):
        return None
    told = conversation(path)
    turns = told.get("turns", [])
    done = len(turns) >= n and all(t.get("state", "done") == "done" for t in turns)
    return json.dumps(told) if done and file in json.dumps(told) else None


def examples():
    """The blocks of the manual that are to be typed."""
    with open(os.path.join(SRC, "data/man/qlens.1"), encoding="utf-8") as f:
        page = f.read()
    section = page.split("\n.Sh D-BUS\n")[1].split("\n.Sh ")[0]
    blocks = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", section, re.S | re.M)
    return [block.replace("\\e", "\\") for block in blocks]


def install_service():
    """What the package would install, for the program where it was built."""
    with open(os.path.join(BUILD, f"data/{APP}.service"), encoding="utf-8") as f:
        service = f.read()
    line = re.search(r"^Exec=(.*)/qlens( --gapplication-service)$", service, re.M)
    check("the service file starts the program as a service",
          line is not None and f"Name={APP}\n" in service, service)
    folder = os.path.join(os.environ["XDG_DATA_HOME"], "dbus-1/services")
    os.makedirs(folder)
    with open(os.path.join(folder, f"{APP}.service"), "w", encoding="utf-8") as f:
        f.write(f"[D-BUS Service]\nName={APP}\nExec={PROGRAM} --gapplication-service\n")
    bus_call("ReloadConfig")


def file_uri(name):
    return "file://" + os.path.join(SRC, "data/samples", name)


def desktop_file():
    keys = GLib.KeyFile()
    keys.load_from_file(os.path.join(BUILD, f"data/{APP}.desktop"), GLib.KeyFileFlags.NONE)
    return keys


def main():
    install_service()
    check("nothing runs yet", owner() is None)

    # started by the bus, with a file: what a file manager's "Open with" does
    call(PATH, "org.freedesktop.Application", "Open", GLib.Variant("(asa{sv})", ([file_uri(FIRST)], {})))
    first_owner = owner()
    check("opening a file starts the program", first_owner is not None)
    caption = SAMPLES[FIRST]["model_caption"]
    text = wait_for(lambda: exists(window()) and answered(window(), FIRST))
    check("the file is opened and described", text is not None and caption in text, text)
    pid = bus_call("GetConnectionUnixProcessID", APP)[0]

    # a running one
    qa = SAMPLES[FIRST]["qa"][0]
    activate(window(), "ask-text", GLib.Variant("s", qa["question"]))
    text = wait_for(lambda: answered(window(), FIRST, 2))
    check("a question asked over the bus is answered",
          text is not None and qa["question"] in text and qa["answer"] in text, text)
    call(PATH, "org.freedesktop.Application", "Open", GLib.Variant("(asa{sv})", ([file_uri(SECOND)], {})))
    text = wait_for(lambda: answered(window(), SECOND))
    check("a file opened with the running program is shown in its window",
          text is not None and SAMPLES[SECOND]["model_caption"] in text and not exists(window(2)), text)
    status = subprocess.run([PROGRAM, os.path.join(SRC, "data/samples", FIRST)], env=PROGRAM_ENV, timeout=60).returncode
    text = wait_for(lambda: answered(window(), FIRST))
    check("the program started again with a file hands it on and ends", status == 0 and text is not None, f"{status}")

    # what the menu offers
    keys = desktop_file()
    check("the menu entry is to be started by the bus", keys.get_boolean("Desktop Entry", "DBusActivatable"))
    actions = keys.get_string_list("Desktop Entry", "Actions")
    check("it has actions, and the program knows them",
          actions and set(actions) <= set(call(PATH, "org.gtk.Actions", "List")[0]), actions)
    call(PATH, "org.freedesktop.Application", "ActivateAction", GLib.Variant("(sava{sv})", ("new-window", [], {})))
    check("its action opens a window", wait_for(lambda: exists(window(2))))
    line = keys.get_string("Desktop Action new-window", "Exec").split()
    status = subprocess.run([PROGRAM] + line[1:], env=PROGRAM_ENV, timeout=60).returncode
    check("so does its command", status == 0 and wait_for(lambda: exists(window(3))), f"{status}")
    for n in (2, 3):
        activate(window(n), "close")
    check("windows close", wait_for(lambda: not exists(window(2)) and not exists(window(3))))

    # the manual's examples, in order, as they are printed
    os.chdir(os.environ["HOME"])
    shutil.copy(os.path.join(SRC, "data/samples", SECOND), "picture.png")
    blocks = examples()
    check("the manual has examples", len(blocks) >= 4, f"{len(blocks)}")
    for block in blocks:
        ran = subprocess.run(["bash", "-c", block], capture_output=True, text=True, timeout=60, check=False)
        check("manual: " + " ".join(block.split()), ran.returncode == 0 and "rror" not in ran.stderr, ran.stderr)
        if "launch" in block:
            text = wait_for(lambda: answered(window(), "picture.png"))
            check("manual: and the picture is there", text is not None)
    text = wait_for(lambda: answered(window(), "picture.png", 2))
    check("manual: and the question is answered", text is not None and "What is on the left?" in text, text)
    check("all this was one process", owner() == first_owner)

    # the end, and a start with nothing to show
    call(PATH, "org.freedesktop.Application", "ActivateAction", GLib.Variant("(sava{sv})", ("quit", [], {})))
    check("quit ends the program", wait_for(lambda: owner() is None and not os.path.exists(f"/proc/{pid}")))
    bus_call("StartServiceByName", APP, 0)
    check("the service alone shows no window", owner() is not None and not exists(window(1)))
    call(PATH, "org.freedesktop.Application", "ActivateAction", GLib.Variant("(sava{sv})", ("quit", [], {})))
    check("and can be ended", wait_for(lambda: owner() is None))


try:
    main()
finally:
    if owner() is not None:
        os.kill(bus_call("GetConnectionUnixProcessID", APP)[0], signal.SIGKILL)
    print(f"1..{number}")
sys.exit(1 if failures else 0)
