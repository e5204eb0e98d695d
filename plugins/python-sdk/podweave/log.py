"""Lines for the plugin's author and the operator. They never carry a result."""

from wit_world.imports.log import debug, error, info, warn
