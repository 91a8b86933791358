#!/usr/bin/python3
"""What a map claims, tested by keyboard and screen reader alone: heads muted, patches dropped, all of it taken back."""

import subprocess

import e2e
from e2e import Atspi, application, check, find, key, unnamed, wait_for

SAMPLE = "12-carrot-watermelon.png"
RESULT = r"Δ log p [+−]?\d+\.\d\d \(−\d+\.\d\d → −\d+\.\d\d\)"


def press(node):
    node.get_action_iface().do_action(0)


def described(app, pattern):
    """A control that is there and says so."""
    return find(app, ".*", pattern)


def main():
    program = e2e.start(f"{e2e.SRC}/data/samples/{SAMPLE}")
    try:
        app = wait_for(application)
        wait_for(lambda: find(app, ".*", "^" + e2e.sample(SAMPLE)["model_caption"] + "$"), 60)
        tab = wait_for(lambda: find(app, "page tab|tab", "^Attention$"))
        press(tab)
        head = wait_for(lambda: find(app, ".*button", r"^Mute Head \d+$"), 60)
        check("the card is there", head is not None)
        bad = unnamed(find(app, "grouping|panel", "^Test this map$"))
        check("every control has a name (Test this map)", not bad, "; ".join(bad))
        canvas = wait_for(lambda: find(app, "image", f"^Picture {SAMPLE},"))
        for _ in range(6):  # F6 leads from pane to pane; the picture is one of them
            if wait_for(lambda: canvas.get_state_set().contains(Atspi.StateType.FOCUSED), 1):
                break
            key("F6")
        key("x")
        check("X mutes the head, and the result is there", wait_for(lambda: described(app, RESULT)) is not None)
        check("what is muted has a button to take it back",
              wait_for(lambda: described(app, r"^Take back: Layer \d+, head \d+$")) is not None)
        bad = unnamed(find(app, "grouping|panel", "^Test this map$"))
        check("every control has a name (with something muted)", not bad, "; ".join(bad))
        key("Right", "Down")
        key("Delete")
        check("Delete drops the patch under the cursor",
              wait_for(lambda: described(app, "^Take back: 1 patch dropped$")) is not None)
        key("Left", "BackSpace")
        check("Backspace too", wait_for(lambda: described(app, "^Take back: 2 patches dropped$")) is not None)
        key("ctrl+z")
        check("Ctrl+Z takes back the last one",
              wait_for(lambda: described(app, "^Take back: 1 patch dropped$")) is not None)
        key("shift+x")
        check("Shift+X takes back all", wait_for(lambda: described(app, "^Take back: ") is None))
        card = find(app, "grouping|panel", "^Test this map$")
        check("the card tells of no result any more", described(card, RESULT) is None)
        key("ctrl+q")
        check("Ctrl+Q ends it", program.wait(30) == 0)
    except subprocess.TimeoutExpired:
        check("the program ends", False)
    finally:
        program.kill()
    e2e.finish()


main()
