// Says when the directory of a ConfigMap's volume changes: fs.watch, without polling.
const fs = require("node:fs");
const directory = process.argv[2];

fs.watch(directory, (_, name) => {
  if (name === "..data") {
    console.log(`generation ${fs.readFileSync(`${directory}/generation`, "utf8")}`);
  }
});
console.log("ready");
