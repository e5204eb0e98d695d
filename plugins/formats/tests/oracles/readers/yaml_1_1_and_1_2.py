"""Reads a JSON list of YAML documents from standard input with PyYAML (YAML 1.1) and ruamel.yaml (YAML 1.2), and prints each as JSON."""
import json
import sys

import ruamel.yaml
import yaml

modern = ruamel.yaml.YAML(typ="safe", pure=True)


def attempt(read):
    try:
        return {"value": shown(read())}
    except Exception as error:
        return {"error": type(error).__name__ + ": " + str(error)}


def shown(value):
    """Kinds that JSON does not have are shown by name. Keys, too, since 1 and "1" are different."""
    if isinstance(value, dict):
        return {"map": [[shown(name), shown(member)] for name, member in value.items()]}
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, int) and not isinstance(value, bool):
        return {"int": str(value)}
    return value if isinstance(value, (str, bool)) or value is None else {"other": repr(value)}


documents = json.load(sys.stdin)
json.dump([{"old": attempt(lambda: yaml.safe_load(text)), "new": attempt(lambda: modern.load(text))} for text in documents], sys.stdout)
