"""What a render sets. Nothing of it takes effect before the render has returned."""

from wit_world.imports.outputs import append_arg, env, expand_env, file, file_bytes, file_mode, replace_args
