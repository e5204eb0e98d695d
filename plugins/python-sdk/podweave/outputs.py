"""Sets the results of a render. They take effect only after the render has returned."""

from podweave._checks import check_bytes, check_number, check_text, check_texts
from wit_world.imports import outputs as _contract


def env(name, value):
    check_text("outputs.env", name=name, value=value)
    _contract.env(name, value)


def expand_env(name, value):
    check_text("outputs.expand_env", name=name, value=value)
    _contract.expand_env(name, value)


def append_arg(arg):
    check_text("outputs.append_arg", arg=arg)
    _contract.append_arg(arg)


def replace_args(args):
    check_texts("outputs.replace_args", args=args)
    _contract.replace_args(args)


def file(path, contents):
    check_text("outputs.file", path=path, contents=contents)
    _contract.file(path, contents)


def file_bytes(path, contents):
    check_text("outputs.file_bytes", path=path)
    check_bytes("outputs.file_bytes", contents=contents)
    _contract.file_bytes(path, contents)


def file_mode(path, mode):
    check_text("outputs.file_mode", path=path)
    check_number("outputs.file_mode", mode=mode)
    _contract.file_mode(path, mode)
