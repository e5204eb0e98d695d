"""The module that componentize-py turns into the component: the plugin's own module, in the contract's form."""

import plugin as _of_the_author  # noqa: F401 (it registers itself)
from podweave._failures import failure_of
from podweave._plugin import registered
from wit_world import exports

if len(registered) != 1:
    raise SystemExit(f"src/plugin.py decorates {len(registered)} functions with @plugin; it must be one")
_plugin = registered[0]


class Renderer(exports.Renderer):
    def render(self) -> None:
        try:
            _plugin.render()
        # sys.exit() and whatever else a plugin may raise are reported, too: an exception that leaves this function is a bare trap.
        except BaseException as error:
            raise failure_of(error, _plugin) from None


class About(exports.About):
    def describe(self) -> str:
        return _plugin.description
