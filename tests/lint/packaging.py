#!/usr/bin/env python3
"""The Flatpak manifests against the build: options that exist, modules that are there, and a
network permission exactly where downloads are built. Prints what is wrong."""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = set(re.findall(r"^option\('([a-z_]+)'", (ROOT / "meson_options.txt").read_text(), re.M))
wrong = []


def load(path):
    with open(path, encoding="utf-8") as f:
        return yaml.safe_load(f)


def module(folder, entry):
    """A module stands in the manifest, or in a file of its own."""
    if not isinstance(entry, str):
        return entry
    path = folder / entry
    if not path.is_file():
        wrong.append(f"packaging/{entry}: missing")
        return {}
    return load(path)


def check(path):
    name = path.relative_to(ROOT)
    manifest = load(path)
    modules = [module(path.parent, entry) for entry in manifest["modules"]]
    for key in ("id", "runtime", "runtime-version", "sdk", "command", "finish-args"):
        if key not in manifest:
            wrong.append(f"{name}: no {key}")
    for entry in modules:
        if not entry.get("name") or not entry.get("sources") or not entry.get("buildsystem"):
            wrong.append(f"{name}: module {entry.get('name')}: no name, sources or buildsystem")
    given = {}
    for option in modules[-1].get("config-opts", []):
        found = re.fullmatch(r"-D([a-z_]+)=(.+)", option)
        if found is None or found[1] not in OPTIONS:
            wrong.append(f"{name}: {option}: not in meson_options.txt")
        else:
            given[found[1]] = found[2]
    network = "--share=network" in manifest["finish-args"]
    if given.get("download") != ("enabled" if network else "disabled"):
        wrong.append(f"{name}: downloads are {given.get('download')}, the network permission is {network}")
    return network


manifests = sorted((ROOT / "packaging").glob("io.github.*.yml"))
kinds = {check(path) for path in manifests}
if kinds != {True, False}:
    wrong.append("packaging: there should be a manifest with the network permission, and one without")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
