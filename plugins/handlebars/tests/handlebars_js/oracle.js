// Renders with Handlebars.js: one request as JSON a line on standard input, one answer a line on standard output.
// A request is {template, partials, context, strict}, an answer {output} or {error}.
"use strict";

const readline = require("readline");
const Handlebars = require("handlebars");
const Utils = require("handlebars/dist/cjs/handlebars/utils");

// Helpers that the plugin has built in and Handlebars.js lacks, as far as the compared templates use them.
const helpers = {
  raw() {
    return arguments[arguments.length - 1].fn(this);
  },
  and: (...values) => {
    const list = values.slice(0, -1);
    return list.find((value) => Handlebars.Utils.isEmpty(value) || value === 0) ?? list.at(-1);
  },
  or: (...values) => {
    const list = values.slice(0, -1);
    return list.find((value) => !Handlebars.Utils.isEmpty(value) && value !== 0) ?? list.at(-1);
  },
  not: (value) => Handlebars.Utils.isEmpty(value) || value === 0,
  eq: (one, other) => one === other,
  concat: (...values) => values.slice(0, -1).join(""),
  upper: (text) => String(text).toUpperCase(),
  json: (value) => JSON.stringify(value),
};

// Nothing is escaped for HTML. The option `noEscape` would do it, too, but then JavaScript's `+` adds adjacent numbers: {{a}}{{b}} of 1
// and 2 is 3.
Utils.escapeExpression = (value) => (value == null ? "" : String(value));

class EscapeAll extends Handlebars.Visitor {
  MustacheStatement(mustache) {
    mustache.escaped = true;
    super.MustacheStatement(mustache);
  }
}

function render({ template, partials, context, strict }) {
  const handlebars = Handlebars.create();
  const compile = (text) => {
    const tree = handlebars.parse(text);
    new EscapeAll().accept(tree);
    return handlebars.compile(tree, { strict: Boolean(strict) });
  };
  handlebars.registerHelper(helpers);
  for (const [name, text] of Object.entries(partials ?? {})) {
    // A partial is read when it is used, as in Handlebars.js and in the plugin.
    let compiled;
    handlebars.registerPartial(name, (...args) => (compiled ??= compile(text))(...args));
  }
  return compile(template)(context ?? {});
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try {
    answer = { output: render(JSON.parse(line)) };
  } catch (error) {
    answer = { error: String(error.message).split("\n")[0] };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
