"""Builds DATABASE_URL from a ConfigMap and a parameter."""

from podweave import InvalidParams, InvalidValue, inputs, outputs, plugin


@plugin(
    name="{{name}}",
    version="0.1.0",
    summary="Builds DATABASE_URL from a ConfigMap and a parameter",
    params={
        "type": "object",
        "properties": {"database": {"type": "string", "description": "The name of the database."}},
        "required": ["database"],
        "additionalProperties": False,
    },
    example={"database": "shop"},
)
def render() -> None:
    params = inputs.params()
    database = params.pop("database", None)
    if not isinstance(database, str):
        raise InvalidParams("database", "is missing: the name of the database")
    for other in params:
        raise InvalidParams(other, "is not a known parameter; known: database")

    host = inputs.require("settings", "db_host")
    port = inputs.find("settings", "db_port") or "5432"
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise InvalidValue("settings", "db_port", "is not a port number; write 1 to 65535")
    outputs.expand_env("DATABASE_URL", f"postgres://app:$(DB_PASSWORD)@{host}:{port}/{database}")
