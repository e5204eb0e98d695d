import { InvalidParams, InvalidValue, inputs, outputs, plugin } from "../sdk/podweave.js";

export const { renderer, about } = plugin(render, {
  name: "{{name}}",
  version: "0.1.0",
  summary: "Builds DATABASE_URL from a ConfigMap and a parameter",
  params: {
    type: "object",
    properties: { database: { type: "string", description: "The name of the database." } },
    required: ["database"],
    additionalProperties: false,
  },
  example: { database: "shop" },
});

function render() {
  const { database, ...others } = inputs.params();
  if (typeof database !== "string") {
    throw new InvalidParams("database", "is missing: the name of the database");
  }
  for (const other of Object.keys(others)) {
    throw new InvalidParams(other, "is not a known parameter; known: database");
  }
  const host = inputs.require("settings", "db_host");
  const port = inputs.find("settings", "db_port") ?? "5432";
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65535) {
    throw new InvalidValue("settings", "db_port", "is not a port number; write 1 to 65535");
  }
  outputs.expandEnv("DATABASE_URL", `postgres://app:$(DB_PASSWORD)@${host}:${port}/${database}`);
}
