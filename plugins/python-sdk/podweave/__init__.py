"""The SDK for podweave plugins in Python.

A plugin is one function. It reads what it needs through `inputs`, sets environment variables, arguments and files through
`outputs`, and returns; an exception fails the render and discards everything that it has set. There is no clock, no
randomness, no network and no file system: the same inputs give the same output.

Any call can end the render: a key that is not there, a bad name, a limit that is passed. The render then stops at that call
with podweave's own message; there is nothing to catch. An argument of another type than its documentation says raises a TypeError.

Import modules at the top of a module, not inside of functions: only what was imported while the plugin was built is in it.
"""

from podweave import inputs, log, outputs
from podweave._failures import Failure, InvalidParams, InvalidValue
from podweave._plugin import plugin

__all__ = ["Failure", "InvalidParams", "InvalidValue", "inputs", "log", "outputs", "plugin"]
