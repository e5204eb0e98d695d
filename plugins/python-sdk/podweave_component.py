"""What componentize-py makes the component of: the plugin's own module, in the contract's form."""

import json

import plugin as _of_the_author  # noqa: F401 (it registers itself)
from podweave._failures import failure_of
from podweave._plugin import registered
from wit_world import exports

if len(registered) != 1:
    raise SystemExit(f"src/plugin.py decorates {len(registered)} functions with @plugin; it has to be one")
_render, _description = registered[0]


class Renderer(exports.Renderer):
    def render(self) -> None:
        try:
            _render()
        except Exception as error:
            raise failure_of(error) from None


class About(exports.About):
    def describe(self) -> str:
        return json.dumps(_description)
