#!/usr/bin/python3
"""What the attention page shows is what transformers computed: read back through AT-SPI, after
choosing query, layer and head by sliders and keys, from the table of the map."""

import glob
import json
import os
import re
import struct
import subprocess
import tempfile
import time

import e2e
from e2e import Atspi, application, check, find, key, tree, wait_for

GOLDEN = f"{e2e.SRC}/tests/golden/opt-basic"
TOLERANCE = 3e-4
ROUNDING = 0.5e-4  # the table has hundredths of a percent


def tensor(path, name):
    """shape, values"""
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        begin, end = header[name]["data_offsets"]
        f.seek(begin, os.SEEK_CUR)
        data = f.read(end - begin)
    assert header[name]["dtype"] == "F32"
    return header[name]["shape"], struct.unpack(f"<{len(data) // 4}f", data)


def set_slider(app, name, value):
    slider = wait_for(lambda: find(app, "slider", f"^{name}$"))
    Atspi.Value.set_current_value(slider, value)


def table_values(app):
    """Of the table, line by line."""
    window = find(app, "frame|dialog|window", "^The Map as a Table$")
    if window is None:
        return []
    texts = [node.get_name() or "" for node, _ in tree(window) if node.get_role_name() == "label"]
    return [float(m[1]) / 100 for m in (re.fullmatch(r"(\d+\.\d\d) %", text) for text in texts) if m]


def xdotool(*arguments):
    subprocess.run(["xdotool", *map(str, arguments)], check=True)


def drag(x, y, dx, dy):
    xdotool("mousemove", x, y, "mousedown", 1)
    for i in range(1, 21):
        xdotool("mousemove", x + dx * i // 20, y + dy * i // 20)


def dragged_figures():
    return glob.glob(os.path.join(tempfile.gettempdir(), "qlens-figure-*", "*.png"))


def by_mouse(app):
    """Where the canvas and the atlas are dragged: the window is alone on the screen, at its corner."""
    picture = find(app, "image", "^Picture wide.png").get_extents(Atspi.CoordType.WINDOW)
    xdotool("keydown", "shift")
    drag(picture.x + picture.width // 2 - 20, picture.y + picture.height // 2 - 20, 60, 60)
    xdotool("mouseup", 1, "keyup", "shift")
    check("dragging with Shift draws a box", bool(wait_for(lambda: find(app, "label", r"^In the box: \d"))))
    key("shift+Escape")
    check("Shift+Escape takes it away", bool(wait_for(lambda: find(app, "label", "^No box yet: "))))
    before = dragged_figures()
    atlas = find(app, "image", "^Atlas").get_extents(Atspi.CoordType.WINDOW)
    drag(atlas.x + 20, atlas.y + 30, -300, 0)
    made = wait_for(lambda: [path for path in dragged_figures() if path not in before])
    check("dragging the atlas makes a figure's file", bool(made))
    xdotool("mousemove", picture.x + picture.width // 2, picture.y + picture.height // 2)
    xdotool("mouseup", 1)
    key("ctrl+l")
    time.sleep(1)  # what must not happen has no end to wait for
    check("the window does not take its own figure for a picture", find(app, "image", "^Picture wide.png") is not None)
    return made


def main():
    shape, expected = tensor(f"{GOLDEN}/expected.safetensors", "img0.qformer.cross_attentions")
    n_layers, n_heads, n_queries, n_keys = shape
    program = e2e.start("--model", GOLDEN, f"{e2e.SRC}/tests/golden/images/wide.png")
    try:
        app = wait_for(application)
        row = wait_for(lambda: find(app, "list item", "Answer: "))
        check("the picture is described", row is not None)
        key("alt+2")
        slider = wait_for(lambda: find(app, "slider", "^Query$"))
        check("the page has a slider for the query", slider is not None)
        check("it goes over all queries", Atspi.Value.get_maximum_value(slider) == n_queries - 1)
        Atspi.Action.do_action(find(app, "push button|button", "^Table$"), 0)
        check("the table is there", bool(wait_for(lambda: len(table_values(app)) == n_keys - 1)))
        worst = 0
        compared = 0
        for query, layer, head in [(0, 0, 2), (5, 0, 3), (17, 1, 1), (n_queries - 1, n_layers - 1, n_heads - 1)]:
            set_slider(app, "Query", query)
            set_slider(app, "Layer", 2 * layer)
            set_slider(app, "Head", head)
            name = f"Query {query}, layer {2 * layer}, head {head}: "
            shown = wait_for(lambda: find(app, "label", "^" + re.escape(name)))
            check(f"the sentence says {name}", shown is not None)
            begin = ((layer * n_heads + head) * n_queries + query) * n_keys + 1  # after CLS
            golden = expected[begin:begin + n_keys - 1]
            values = table_values(app)
            compared += len(values)
            worst = max([worst] + [abs(a - b) for a, b in zip(values, golden)])
            check(f"{name}as many values as patches", len(values) == len(golden), str(len(values)))
        check("the numbers are those of the reference", compared == 4 * (n_keys - 1) and worst <= TOLERANCE + ROUNDING,
              str(worst))
        print(f"# largest difference {worst:.2g}, of {compared} values")
        key("Escape")
        wait_for(lambda: find(app, "frame|dialog|window", "^The Map as a Table$") is None)

        # By keys: the focus is on the picture, where letters choose.
        for _ in range(8):
            picture = find(app, "image", "^Picture wide.png")
            if picture.get_state_set().contains(Atspi.StateType.FOCUSED):
                break
            key("F6")
            wait_for(lambda: find(app, "image", "^Picture wide.png").get_state_set().contains(Atspi.StateType.FOCUSED), 1)
        check("F6 leads to the picture", picture.get_state_set().contains(Atspi.StateType.FOCUSED))
        key("shift+q")
        name = f"Query {n_queries - 2}, layer "
        check("Shift+Q goes a query back", bool(wait_for(lambda: find(app, "label", "^" + name))))
        key("m")
        check("M goes on to the next method",
              bool(wait_for(lambda: find(app, "label", f"^Query {n_queries - 2}, layer 2, mean of the heads"))))
        key("Right")
        key("Home")
        said = wait_for(lambda: re.match(r"Row \d, column \d: ", find(app, "image", "^Picture wide.png").get_description() or ""))
        check("arrows choose a patch, and the picture says its value", bool(said),
              find(app, "image", "^Picture wide.png").get_description())
        looks = wait_for(lambda: find(app, "push button|button", r"^Query \d+, layer \d+, head \d+: "))
        check("who looks at the patch is told", looks is not None)
        key("shift+Right")
        key("shift+Down")
        check("Shift and arrows draw a box, and the share in it is told",
              bool(wait_for(lambda: find(app, "label", r"^In the box: \d"))))
        key("w")
        check("W chooses a word", bool(wait_for(lambda: find(app, "label", "^“.*”: most from quer"))))
        made = by_mouse(app)
        bad = e2e.unnamed(app)
        check("every control has a name", not bad, "; ".join(bad))
        key("ctrl+q")
        check("the program ends", program.wait(30) == 0)
        check("and takes the dragged figure with it", not any(os.path.exists(path) for path in made or []))
    finally:
        if program.poll() is None:
            program.kill()
            program.wait()
    e2e.finish()


main()
