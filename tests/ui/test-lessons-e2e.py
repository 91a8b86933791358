#!/usr/bin/python3
"""Every lesson from its first step to its end by real keys alone, read by screen reader, in the language of $LANGUAGE:
each step's check has to be satisfied by what was pressed before it goes on."""

import gettext
import os
import re

import e2e
from e2e import Atspi, GLib, application, check, key, tree, type_text, unnamed, wait_for

LANGUAGE = os.environ.get("LANGUAGE", "")
_ = gettext.translation("qlens", os.path.join(os.environ["QLENS_BUILD"], "po"), [LANGUAGE],
                        fallback=not LANGUAGE).gettext
PATIENCE = 60  # seconds, for whatever there is to wait for
told_focused = None  # the node that said last that the focus has come to it
n_windows = 0  # at the time

# What each step asks for, as keys in the picture: “key×times”; or the name of a function below and its argument.
WALKS = {
    "1-patches": [["Down×1"], ["Right×10", "Down×6"], ["Left×9", "Up×6"], ["q×17", "l×1"], []],
    "2-queries": [["q×5"], ["q×9"], ["q×13"], ["q×15"], ["l×2"], []],
    "3-words": [["w×3"], ["w×7"], ["w×3"], ["w×1"], ["Right×1", "Left×4", "Up×5"], ["w×7"]],
    "4-masks": [["shift+l×1"], ("mask", "ITC"), ("mask", "ITM"), ("mask", "ITG"), ["w×14"], []],
    "5-not-an-explanation": [["h×7"], ["g×1"], ["m×3"], ["q×9"], ("ask", "what color is the watermelon?"), []],
    "6-beams": [["w×3"], ("describe", [("Beams", "1")]), ("describe", [("Length penalty", "-1")]),
                ("describe", [("Beams", "2")]), ("ask", "is there any fish?")],
}


class Lesson:
    """What its file says, in the language of the test."""

    def __init__(self, name):
        self.groups = []
        with open(os.path.join(e2e.SRC, "data/lessons", name + ".lesson"), encoding="utf-8") as f:
            for line in f:
                if line.startswith("["):
                    self.groups.append({})
                elif "=" in line:
                    field, value = line.rstrip("\n").split("=", 1)
                    self.groups[-1][field] = value.replace("\\n", "\n")
        self.steps = self.groups[1:]

    @staticmethod
    def text(group, field):
        return group.get(f"{field}[{LANGUAGE}]", group.get(field))

    @property
    def title(self):
        return self.text(self.groups[0], "Title")


# ---- what is there ----

def nodes(root):
    """name, role, node of each; none if it went away meanwhile"""
    try:
        return [(node.get_name() or "", node.get_role_name(), node) for node, depth in tree(root)]
    except (GLib.Error, AttributeError):
        return []


def lesson_group(app):
    """What the lesson shows; None: there is none."""
    name = _("Lesson")
    try:
        return next((node for node, depth in tree(app)
                     if (node.get_name() or "") == name and node.get_role_name() in ("grouping", "panel")), None)
    except (GLib.Error, AttributeError):
        return None


def pane(app):
    """Names and roles in it."""
    group = lesson_group(app)
    return [(name, role) for name, role, node in nodes(group)] if group is not None else []


def shows(app, *texts):
    names = {name for name, role in pane(app)}
    return all(text in names for text in texts)


def hear_focus(event):
    global told_focused
    if event.detail1:
        told_focused = event.source


def has_focus(node):
    try:
        return node is not None and node.get_state_set().contains(Atspi.StateType.FOCUSED)
    except GLib.Error:
        return False  # that one is gone


def focused(app):
    """role, name and node of where the keyboard is, in the newest window that says so; None: nowhere yet"""
    global told_focused, n_windows
    while GLib.MainContext.default().iteration(False):
        pass
    try:
        if n_windows != app.get_child_count() or not has_focus(told_focused):
            # Nobody told, or one in each window says so: all are asked.
            n_windows = app.get_child_count()
            told_focused = next((node for i in reversed(range(n_windows))
                                 for node, depth in tree(app.get_child_at_index(i)) if has_focus(node)), None)
        if told_focused is not None:
            return told_focused.get_role_name(), told_focused.get_name() or "", told_focused
    except (GLib.Error, AttributeError):
        pass  # it went away while we looked
    return None


def is_at(app, role, pattern):
    at = focused(app)
    return at is not None and re.fullmatch(role, at[0]) and re.search(pattern, at[1]) is not None


def go_to(app, press, role, pattern, most=40):
    """Presses a key until the focus is there. Each time it is waited until the focus has gone on."""
    for i in range(most):
        before = wait_for(lambda: focused(app), PATIENCE)
        if before is None:
            return False
        if re.fullmatch(role, before[0]) and re.search(pattern, before[1]):
            return True
        key(press)
        if not wait_for(lambda: (focused(app) or before)[2] != before[2], PATIENCE):
            print(f"# {press} led nowhere from {before[:2]}", flush=True)
            return False
    return False


# ---- what a person does ----

def to_picture(app):
    return go_to(app, "F6", "image", "^" + re.escape(_("Picture %s, %d by %d pixels").split("%s")[0]))


def press_keys(app, keys):
    if not to_picture(app):
        return False
    for item in keys:
        name, times = item.split("×")
        key(*[name] * int(times))
    return True


def mask(app, name):
    names = "ITC|ITM|ITG"
    if not go_to(app, "F6", "push button|toggle button", f"^({names})$") \
            or not go_to(app, "Tab", "push button|toggle button", f"^{name}$"):
        return False
    key("space")
    return True


def ask(app, question):
    key("ctrl+l")
    if not wait_for(lambda: is_at(app, "text", "^" + re.escape(_("Question")) + "$"), PATIENCE):
        return False
    type_text(question)
    key("Return")
    return True


def describe(app, knobs):
    key("ctrl+d")
    if not wait_for(lambda: is_at(app, "radio button|check box", ""), PATIENCE):
        return False
    for name, value in knobs:
        if not go_to(app, "Tab", "spin button|text", "^" + re.escape(_(name)) + "$"):
            return False
        key("ctrl+a")
        type_text(value)
        key("Return")
    key("Escape")
    if not wait_for(lambda: not is_at(app, "spin button|text", "^" + re.escape(_(knobs[-1][0])) + "$"), PATIENCE):
        return False
    key("ctrl+Return")
    return True


DOERS = {"mask": mask, "ask": ask, "describe": describe}


def do(app, what):
    return press_keys(app, what) if isinstance(what, list) else DOERS[what[0]](app, what[1])


# ---- lessons ----

def open_list(app):
    """The window with all lessons; its first row has the focus."""
    key("ctrl+shift+l")
    return wait_for(lambda: is_at(app, "list item", ""), PATIENCE)


def walk_step(app, name, lesson, i, what):
    step = lesson.steps[i]
    which = f"{name}, step {i + 1}"
    title, text, task, done = (lesson.text(step, field) for field in ["Title", "Text", "Task", "Done"])
    place = _("%d of %d") % (i + 1, len(lesson.steps))
    last = i == len(lesson.steps) - 1
    onward = _("Finish") if last else _("Next")
    if not check(f"{which} is shown", bool(wait_for(lambda: shows(app, place, title, text), PATIENCE)), str(pane(app))):
        return False
    if task is not None:
        asks = [_("Not yet: %s") % task, _("Finish") if last else _("Skip")]
        if not check(f"{which} asks for what is not done yet", bool(wait_for(lambda: shows(app, *asks), PATIENCE)),
                     str(pane(app))):
            return False
        bad = unnamed(lesson_group(app))
        check(f"{which}: every control has a name", not bad, "; ".join(bad))
        if not check(f"{which}: keys lead to what it asks for", bool(do(app, what)), str(focused(app))):
            return False
        if not check(f"{which} is done", bool(wait_for(lambda: shows(app, _("Done: %s") % done, onward), PATIENCE)),
                     str(pane(app))):
            return False
    return check(f"{which}: F6 leads to “{onward}”", go_to(app, "F6", "push button|button", f"^{re.escape(onward)}$"),
                 str(focused(app)))


def walk(app, name):
    lesson = Lesson(name)
    steps = WALKS[name]
    if not check(f"{name}: Ctrl+Shift+L opens the list of lessons", bool(open_list(app)), str(focused(app))):
        return False
    if not check(f"{name} is in the list", go_to(app, "Down", "list item", "^" + re.escape(lesson.title) + r"\. "),
                 str(focused(app))):
        return False
    key("Return")
    if not check(f"{name} has as many steps as are walked", len(steps) == len(lesson.steps)):
        return False
    for i, what in enumerate(steps):
        if not walk_step(app, name, lesson, i, what):
            return False
        key("Return")
    return check(f"{name} is finished", bool(wait_for(lambda: not pane(app), PATIENCE)), str(pane(app)))


def rows_done(app):
    return sum(role == "list item" and name.endswith(_(" · done")) for name, role, node in nodes(app))


def main():
    listener = Atspi.EventListener.new(hear_focus)
    listener.register("object:state-changed:focused")
    program = e2e.start()
    try:
        app = wait_for(application, PATIENCE)
        check("the program is on the accessibility bus", app is not None)
        check("it has a window", bool(wait_for(lambda: focused(app), PATIENCE)))
        for name in WALKS:
            if not walk(app, name):
                break
        else:
            check("the list of lessons opens once more", bool(open_list(app)))
            check("all of them are done", bool(wait_for(lambda: rows_done(app) == len(WALKS), PATIENCE)),
                  str(rows_done(app)))
            key("Escape")
            check("Esc closes it", bool(wait_for(lambda: rows_done(app) == 0, PATIENCE)))
        key("ctrl+q")
        check("Ctrl+Q ends the program", bool(wait_for(lambda: program.poll() == 0, PATIENCE)), str(program.poll()))
    finally:
        if program.poll() is None:
            program.kill()
            program.wait()
    e2e.finish()


main()
