'use strict'

/**
 * Makes `build/tls-json.js`, all of `lib` in one file, for the package that `npm pack` makes. Most of the time of `require`
 * goes into finding, reading and compiling the files of `lib`: one file without comments takes less than half of it, and
 * half of the memory. What only a function requires, such as a transport, is not needed by `require`: it is in a second
 * file beside it.
 *
 * Each module remains a function of its own, so a stack trace names the same functions; the path of the module stands
 * above it.
 */

const fs = require('node:fs')
const path = require('node:path')

const esbuild = require('esbuild')
const ts = require('typescript')

const { ROOT } = require('../lib/engine/addon-file')
const { runMain } = require('./prerequisites')

/** Its files: what `require` loads, and what is loaded when it is first wanted. */
const BUNDLE = ['tls-json.js', 'tls-json.later.js'].map(name => path.join(ROOT, 'build', name))

/** What it exports. */
const ENTRY = 'lib/tls-json.js'

/** The oldest Node it is for. */
const TARGET = 'node20'

/** What the modules are loaded by. Their own names never begin like these. */
const RUNTIME = `
const $path = require('node:path')

const $loaded = []

function $load(id) {
  if ($loaded[id] === undefined) {
    if ($modules[id] === undefined) Object.assign($modules, require('./tls-json.later.js')($load, $folder))
    $loaded[id] = { exports: {} }
    $modules[id]($loaded[id].exports, $loaded[id])
  }
  return $loaded[id].exports
}

function $folder(name) {
  return $path.join($path.dirname(__dirname), name)
}

`

/**
 * A module of `lib`.
 *
 * @typedef {object} Module
 * @property {number} id its place in the list
 * @property {string} code
 * @property {Module[]} now those that it requires when it is loaded
 */

/**
 * Where a module requires others of its own accord, and not in a function.
 *
 * @param {string} code
 * @returns {Set<number>} where those calls begin
 */
function callsAtLoading(code) {
  const found = new Set()
  /** @param {ts.Node} node */
  function visit(node) {
    if (ts.isFunctionLike(node)) return
    if (ts.isCallExpression(node)) found.add(node.getStart())
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('module.js', code, ts.ScriptTarget.ESNext, true))
  return found
}

/**
 * Collects a module and those it needs, itself first.
 *
 * @param {string} name path in the repository, with forward slashes
 * @param {Map<string, Module>} modules
 * @returns {Module}
 */
function collect(name, modules) {
  const known = modules.get(name)
  if (known !== undefined) return known
  /** @type {Module} */
  const found = { id: modules.size, code: '', now: [] }
  modules.set(name, found)
  const source = fs.readFileSync(path.join(ROOT, name), 'utf8')
  // Comments and white space go: V8 has to read them, too. Names stay, for stack traces.
  const { code } = esbuild.transformSync(source, {
    target: TARGET,
    minifyWhitespace: true,
    minifySyntax: true,
  })
  const atLoading = callsAtLoading(code)
  const folder = path.posix.dirname(name)
  found.code = code
    .replace(/\brequire\("(\.[^"]*)"\)/g, (_, request, at) => {
      const file = require.resolve(path.join(ROOT, folder, request))
      const needed = collect(path.relative(ROOT, file).replaceAll(path.sep, '/'), modules)
      if (atLoading.has(at)) found.now.push(needed)
      return `$load(${needed.id})`
    })
    .replace(/^"use strict";/, '')
    .replace(/\b__dirname\b/g, `$folder('${folder}')`)
  return found
}

/**
 * @param {Module} from
 * @param {Set<Module>} reached
 * @returns {Set<Module>} itself and all that is loaded with it, added to
 */
function loadedWith(from, reached = new Set()) {
  if (reached.has(from)) return reached
  reached.add(from)
  for (const needed of from.now) loadedWith(needed, reached)
  return reached
}

/** @returns {string[]} the text of each file */
function bundle() {
  /** @type {Map<string, Module>} */
  const modules = new Map()
  const first = loadedWith(collect(ENTRY, modules))
  /** @param {boolean} isFirst */
  const list = isFirst =>
    [...modules]
      .filter(([, module]) => first.has(module) === isFirst)
      .map(
        // In parentheses, because V8 then compiles a function while it reads it, and need not read it twice.
        ([name, { id, code }]) =>
          `\n// ${name}\n${id}: (function (exports, module) {\n${code}}),\n`,
      )
      .join('')
  const head = `'use strict'\n\n// Made of the repository's lib by scripts/bundle.js.\n`
  return [
    `${head}${RUNTIME}const $modules = {${list(true)}}\n\nmodule.exports = $load(0)\n`,
    `${head}\nmodule.exports = ($load, $folder) => ({${list(false)}})\n`,
  ]
}

/** Writes the files anew. */
function writeBundle() {
  fs.mkdirSync(path.dirname(BUNDLE[0]), { recursive: true })
  for (const [at, text] of bundle().entries()) {
    // Another `npm pack` may be reading it.
    const unfinished = `${BUNDLE[at]}.${process.pid}`
    fs.writeFileSync(unfinished, text)
    fs.renameSync(unfinished, BUNDLE[at])
  }
}

if (require.main === module) runMain(writeBundle)

module.exports = { BUNDLE, writeBundle }
