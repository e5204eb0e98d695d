"""Does things that a render must not do."""

import json
import os

from podweave import inputs, outputs, plugin


@plugin
def render() -> None:
    attack(inputs.params()["do"])


def attack(todo: str) -> None:
    match todo:
        case "loop":
            while True:
                pass
        case "recursion":
            outputs.env("DEPTH", str(recurse(1)))
        case "nested":
            json.loads("[" * 100_000)
        case "memory":
            outputs.env("LONG", "x" * (1 << 27))
        case "error":
            outputs.env("NUMBER", str(1 // len("")))
        case "exit":
            os._exit(3)
        case _:
            outputs.env("WORKS", "yes")


def recurse(depth: int) -> int:
    return 0 if depth == 0 else recurse(depth + 1) + 1
