"""Reads a JSON list of .env documents from standard input as python-dotenv does."""
import io
import json
import logging
import os
import sys

from dotenv.main import DotEnv
from dotenv.parser import parse_stream

os.environ.clear()
logging.disable()


def read(text, interpolate):
    bindings = list(parse_stream(io.StringIO(text)))
    if any(binding.error or binding.key and binding.value is None for binding in bindings):
        return None
    return dict(DotEnv(None, stream=io.StringIO(text), interpolate=interpolate).dict())


json.dump([{"plain": read(text, False), "expanded": read(text, True)} for text in json.load(sys.stdin)], sys.stdout)
