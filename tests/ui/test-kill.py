#!/usr/bin/python3
"""Killed in the midst of an answer, the program has question and answer again when it is next
started; tests/app/test-journal-kill.c does the same 50 times without a window."""

import re
import signal

import e2e
from e2e import application, check, find, key, type_text, wait_for

SAMPLE = "14-bird-cat-chicken.jpg"
EXPECTED = e2e.sample(SAMPLE)
QUESTION = EXPECTED["qa"][0]["question"]


def kill(program):
    program.send_signal(signal.SIGKILL)
    program.wait()
    wait_for(lambda: application() is None, 10)


def main():
    program = e2e.start(f"{e2e.SRC}/data/samples/{SAMPLE}")
    try:
        app = wait_for(application)
        caption = EXPECTED["model_caption"]
        row = wait_for(lambda: find(app, "list item", "Answer: " + re.escape(caption)))
        check("a picture is described", row is not None)
        type_text(QUESTION)
        key("Return")
        # No later than the question is to be seen it is on the disk.
        row = wait_for(lambda: find(app, "list item", re.escape(QUESTION)))
        kill(program)
        check("the question was asked when the program was killed", row is not None)

        program = e2e.start()
        app = wait_for(application)
        row = wait_for(lambda: find(app, "list item|label", "^" + re.escape(caption) + ", "))
        check("the list of pictures has it, named by its description", row is not None)
        key("ctrl+Page_Down")
        row = wait_for(lambda: find(app, "list item", "Answer: " + re.escape(caption)))
        check("its description is there again", row is not None)
        row = wait_for(lambda: find(app, "list item", re.escape(QUESTION)))
        check("the question is there again", row is not None)
        picture = find(app, "image", re.escape(SAMPLE))
        check("the picture is there again", picture is not None)
        key("ctrl+f")
        type_text("no such words")
        gone = wait_for(lambda: find(app, "list item|label", "^" + re.escape(caption) + ", ") is None)
        check("a search for other words does not find it", bool(gone))
        key("Escape")
        row = wait_for(lambda: find(app, "list item|label", "^" + re.escape(caption) + ", "))
        check("Esc ends the search", row is not None)
        bad = e2e.unnamed(app)
        check("every control has a name (list of pictures)", not bad, "; ".join(bad))
        key("ctrl+q")
        check("the program ends", program.wait(30) == 0)
    finally:
        if program.poll() is None:
            kill(program)


main()
e2e.finish()
