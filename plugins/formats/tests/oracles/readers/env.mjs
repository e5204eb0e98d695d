// Reads a JSON list of .env documents from standard input as npm's dotenv and dotenv-expand do. Usage: node env.mjs NODE_MODULES
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { createContext, Script } from 'node:vm'

const require = createRequire(process.argv[2] + '/')
const dotenv = require('dotenv')
const { expand } = require('dotenv-expand')

// dotenv-expand loops forever on some references, so it gets half a second.
const context = createContext({ run: plain => expand({ parsed: { ...plain }, processEnv: {} }).parsed ?? null })
const script = new Script('run(plain)')
const expanded = plain => {
  context.plain = plain
  return script.runInContext(context, { timeout: 500 })
}
const read = text => {
  const plain = dotenv.parse(text)
  try {
    return { plain, expanded: expanded(plain) }
  } catch {
    return { plain, expanded: null }
  }
}
console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(read)))
