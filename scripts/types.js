'use strict'

/**
 * Writes lib/engine/binding.d.ts from what napi-derive says about the Rust side: `npm run types`. With
 * --check it writes nothing and fails when the file is not what it should be.
 *
 * The writer of `@napi-rs/cli` does more, at the price of sixty packages that want a newer Node.
 */

const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../lib/engine/addon-file')
const { compile } = require('./build')
const { TYPES_FOLDER } = require('./cargo')
const { requireRust, runMain } = require('./prerequisites')

const TARGET = path.join(ROOT, 'lib', 'engine', 'binding.d.ts')
const SOURCE = path.join(TYPES_FOLDER, 'tls-json-native')
const HEADER = '// Written by `npm run types` from the Rust sources; do not edit.\n'

/**
 * @typedef {object} Item One line that napi-derive wrote
 * @property {string} kind such as `fn`, `struct`, `impl`
 * @property {string} name in JavaScript
 * @property {string} def TypeScript, without what surrounds it
 * @property {string} [js_doc]
 * @property {string} [extends] of a class
 * @property {string} [js_mod] namespace
 */

/**
 * Reads what napi-derive wrote when the crate was last compiled; compiles it when that is gone.
 *
 * @returns {Promise<Item[]>}
 */
async function readItems() {
  await compile()
  if (!fs.existsSync(SOURCE)) {
    await compile({ NAPI_FORCE_BUILD_TLS_JSON_NATIVE: String(Date.now()) })
  }
  const lines = fs.existsSync(SOURCE) ? fs.readFileSync(SOURCE, 'utf8').split('\n') : []
  return lines.filter(line => line !== '').map(line => JSON.parse(line))
}

/**
 * Indents each line of a body that may hold comments, trimming what napi-derive put before it.
 *
 * @param {string} body
 * @returns {string}
 */
function indent(body) {
  return body
    .split('\n')
    .map(line => line.trim())
    .map(line => (line === '' ? '' : `  ${line.startsWith('*') ? ' ' : ''}${line}`))
    .join('\n')
    .trimEnd()
}

/**
 * A declaration with a body in braces.
 *
 * @param {string} head
 * @param {string[]} bodies
 * @returns {string}
 */
function block(head, bodies) {
  const lines = bodies.filter(body => body.trim() !== '').map(indent)
  return lines.length === 0 ? `${head} {}` : `${head} {\n${lines.join('\n')}\n}`
}

/**
 * One declaration.
 *
 * @param {Item} item
 * @param {Item[]} impls the `impl` items of all classes
 * @returns {string}
 */
function declare(item, impls) {
  if (item.js_mod) throw new Error(`${item.name}: namespaces are not used here`)
  const doc = item.js_doc ?? ''
  switch (item.kind) {
    case 'fn':
      return `${doc}export declare ${item.def}`
    case 'const':
      return `${doc}${item.def}`
    case 'type':
      return `${doc}export type ${item.name} = ${item.def.trim()}`
    case 'interface':
      return doc + block(`export interface ${item.name}`, [item.def])
    case 'enum':
    case 'string_enum':
      return doc + block(`export declare const enum ${item.name}`, [item.def])
    case 'struct': {
      const own = impls.filter(impl => impl.name === item.name).map(impl => impl.def)
      const parent = item.extends ? ` extends ${item.extends}` : ''
      return doc + block(`export declare class ${item.name}${parent}`, [item.def, ...own])
    }
    default:
      throw new Error(`${item.name}: cannot write declarations of kind "${item.kind}" yet`)
  }
}

/**
 * The whole file, ordered by name so that moving Rust code does not change it.
 *
 * @param {Item[]} items
 * @returns {string}
 */
function render(items) {
  const impls = items.filter(item => item.kind === 'impl')
  const declarations = items
    .filter(item => item.kind !== 'impl')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(item => declare(item, impls))
  return `${[HEADER, ...declarations].join('\n')}\n`
}

runMain(async () => {
  requireRust()
  const text = render(await readItems())
  if (!process.argv.includes('--check')) {
    fs.writeFileSync(TARGET, text)
    return
  }
  const committed = fs.existsSync(TARGET) ? fs.readFileSync(TARGET, 'utf8') : ''
  if (committed !== text) {
    throw new Error(
      `${path.relative(ROOT, TARGET)} does not match the Rust sources: run \`npm run types\` and commit it.`,
    )
  }
})
