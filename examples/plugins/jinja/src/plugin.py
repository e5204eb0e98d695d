"""Renders files from Jinja templates. The templates are in ConfigMaps, too."""

# A component contains only modules that were imported during its build. Jinja imports these only when it parses a template or reports a mistake.
import encodings.unicode_escape  # noqa: F401
import jinja2.debug  # noqa: F401

from collections.abc import Mapping

import jinja2

from podweave import InvalidParams, InvalidValue, inputs, outputs, plugin


class Config(Mapping):
    """The keys of all bound ConfigMaps as one mapping; later ConfigMaps override earlier ones. It reads a key when a template uses it."""

    def __getitem__(self, key: str) -> str:
        for config_map in reversed(inputs.config_maps()):
            value = inputs.find(config_map, key)
            if value is not None:
                return value
        raise KeyError(key)

    def __iter__(self):
        return iter(sorted({key for config_map in inputs.config_maps() for key in inputs.keys(config_map)}))

    def __len__(self) -> int:
        return len(list(iter(self)))


class Pod:
    """Facts of the pod, each read when a template uses it."""

    name = property(lambda self: inputs.pod_name())
    namespace = property(lambda self: inputs.pod_namespace())
    node = property(lambda self: inputs.node_name())
    container = property(lambda self: inputs.container_name())
    service_account = property(lambda self: inputs.service_account())


@plugin(
    name="jinja",
    version="0.1.0",
    summary="Renders files from Jinja templates",
    params={
        "type": "object",
        "required": ["files"],
        "additionalProperties": False,
        "properties": {
            "files": {
                "description": "By the path of the file: the key of its template, ALIAS/KEY.",
                "type": "object",
                "additionalProperties": {"type": "string"},
            },
            "values": {"description": "The value of `values` in templates.", "type": "object"},
        },
    },
    example={"files": {"nginx.conf": "templates/nginx.conf"}},
)
def render() -> None:
    params = inputs.params()
    files, values = params.pop("files", None), params.pop("values", {})
    for other in params:
        raise InvalidParams(other, "is not a known parameter; known: files, values")
    if not isinstance(files, dict) or not files:
        raise InvalidParams("files", "is missing; write PATH: ALIAS/KEY for each file")
    for path, source in files.items():
        config_map, is_key, key = str(source).partition("/")
        if not is_key:
            raise InvalidParams(f"files.{path}", "must have the form ALIAS/KEY")
        outputs.file(path, rendered(config_map, key, values))


def rendered(config_map: str, key: str, values: dict) -> str:
    # Templates include, import and extend others by their keys in the same ConfigMap.
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: inputs.find(config_map, name)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    try:
        return environment.get_template(key).render(config=Config(), pod=Pod(), values=values)
    except jinja2.TemplateNotFound as error:
        # Ends the render with an error that names the ConfigMap, the key and the most similar existing key.
        inputs.require(config_map, error.name or key)
        raise
    except jinja2.TemplateSyntaxError as error:
        raise InvalidValue(config_map, error.name or key, f"line {error.lineno}: {error.message}") from error
    except jinja2.UndefinedError as error:
        raise InvalidValue(config_map, key, f"line {line_of(error, key)}: {error.message}") from error


def line_of(error: jinja2.UndefinedError, template: str) -> int:
    """The line of the template: Jinja's traceback frames have the template's lines."""
    line, frame = 0, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == "<template>":
            line = frame.tb_lineno
        frame = frame.tb_next
    return line
