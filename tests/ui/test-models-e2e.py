#!/usr/bin/python3
"""The window of models by keyboard and screen reader."""

import subprocess

import e2e
from e2e import Atspi, GLib, application, check, find, key, tree, unnamed, wait_for


def focused(window):
    """The name of what has the focus in it."""
    try:
        for node, _ in tree(window):
            if node.get_state_set().contains(Atspi.StateType.FOCUSED) and node.get_role_name() != "frame":
                return node.get_name() or ""
    except GLib.Error:
        pass  # something went away while we looked
    return ""


def tab_to(window, name):
    seen = []
    while len(seen) < 40 and focused(window) != name:
        seen.append(focused(window))
        key("Tab")
        wait_for(lambda: focused(window) not in ("", seen[-1]), 2)
    return focused(window) == name


def below(app, row, role, pattern):
    """Whether there is such a thing in the row of that name."""
    item = find(app, "list item", f"^{row}$")
    return item is not None and find(item, role, pattern) is not None


def main():
    program = e2e.start()
    try:
        app = wait_for(application)
        check("the program is on the accessibility bus", app is not None)
        if app is None:
            return
        button = wait_for(lambda: find(app, "toggle button|push button", "^Model: Demo model · ready$"))
        check("the header's button tells the model and its state", button is not None)

        key("ctrl+m")
        window = wait_for(lambda: find(app, "frame|window|dialog", "^Models$"))
        check("Ctrl+M shows the models", window is not None)
        known = wait_for(lambda: below(app, "Demo model", "label", "7.4 million parameters"))
        check("a row tells what its model is", bool(known))
        bad = unnamed(app)
        check("every control has a name (models)", not bad, "; ".join(bad))

        page = find(app, "page tab", "^Download$")
        if page is not None:  # a build may have none
            Atspi.Action.do_action(page, 0)
            view = wait_for(lambda: find(app, "panel|filler", "^Download$"))
            check("downloads are a page", view is not None)
            bad = unnamed(app)
            check("every control has a name (downloads)", not bad, "; ".join(bad))
            Atspi.Action.do_action(find(app, "page tab", "^Models$"), 0)

        check("the Tab key leads to a model's files", tab_to(window, "Verify the files of Demo model"), focused(window))
        key("space")
        found = wait_for(lambda: below(app, "Demo model", "label", "All files are as expected"))
        check("they are verified by keyboard", bool(found))
        check("and to its loading", tab_to(window, "Unload Demo model"), focused(window))
        key("space")
        found = wait_for(lambda: find(app, "push button", "^Load Demo model$"))
        check("it is unloaded by keyboard", found is not None)

        more = find(app, "toggle button|push button", "^More for Demo model for matching$")
        check("a row has a menu", more is not None)
        if more is not None:
            Atspi.Action.do_action(more, 0)
            item = wait_for(lambda: find(app, "menu item", "Make Default"))
            check("with what else can be done", item is not None)
            bad = unnamed(app)
            check("every control has a name (menu)", not bad, "; ".join(bad))
            key("Down", "Up", "Return")
            found = wait_for(lambda: below(app, "Demo model for matching", "label", "^Default$"))
            check("the default is chosen from it by keyboard", bool(found))

        wait_for(lambda: find(app, "menu item", "Make Default") is None, 5)
        key("Escape")
        gone = wait_for(lambda: find(app, "frame|window|dialog", "^Models$") is None)
        check("Esc closes the models", bool(gone))
        button = wait_for(lambda: find(app, "toggle button|push button", "^Model: Demo model · not open$"))
        check("the header's button tells that none is open", button is not None)
        if button is not None:
            Atspi.Action.do_action(button, 0)
            load = wait_for(lambda: find(app, "push button", "^Load$"))
            check("behind it is a way to load it", load is not None)
            bad = unnamed(app)
            check("every control has a name (model)", not bad, "; ".join(bad))
            if load is not None:
                Atspi.Action.do_action(load, 0)
            # The one that was chosen while none was open.
            found = wait_for(lambda: find(app, "label", "^Demo model for matching · ready$"))
            check("it loads the new default", found is not None)
            key("Escape")
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


main()
e2e.finish()
