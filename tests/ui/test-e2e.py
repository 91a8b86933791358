#!/usr/bin/python3
"""A person's first minutes with the program, by keyboard and screen reader."""

import re
import subprocess

import e2e
from e2e import Atspi, application, check, find, key, type_text, unnamed, wait_for

SAMPLE = "12-carrot-watermelon.png"
EXPECTED = e2e.sample(SAMPLE)


def main():
    program = e2e.start(f"{e2e.SRC}/data/samples/{SAMPLE}")
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
        key("ctrl+a", "BackSpace", "ctrl+shift+u", "e", "9")
        key("Return")
        text = wait_for(lambda: find(app, "text", "^Question$"))
        ended = wait_for(lambda: Atspi.Text.get_text(text, 0, -1) == "é", 5)
        sent = find(app, "list item", "^Question: é")
        check("Enter ends what an input method composes, and does not send it", bool(ended) and sent is None)

        bad = unnamed(app)
        check("every control has a name (conversation)", not bad, "; ".join(bad))

        key("ctrl+n")
        sample = wait_for(lambda: find(app, "push button", "^Sample picture: "))
        check("Ctrl+N leads back to the start", sample is not None)
        bad = unnamed(app)
        check("every control has a name (start)", not bad, "; ".join(bad))
        if sample is not None:
            shown = re.sub("^Sample picture: ", "", sample.get_name())
            Atspi.Action.do_action(sample, 0)
            # In the conversation: the sidebar has a row with it, from before.
            row = wait_for(lambda: find(app, "list item", "Answer: " + re.escape(shown)))
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


main()
e2e.finish()
