'use strict'

/**
 * Makes `build/tls-json.js`, all of `lib` in one file, for the package that `npm pack` makes. Most of the time of `require`
 * goes into finding, reading and compiling the files of `lib`: one file without comments and long names takes less than half of it, and
 * half of the memory.
 *
 * Each module remains a function of its own, so a stack trace names the same functions; the path of the module stands
 * above it.
 */

const fs = require('node:fs')
const path = require('node:path')

// @ts-expect-error Its types know only the module of ES.
const { minify_sync: minify } = require('terser')

const { ROOT } = require('../lib/engine/addon-file')
const { runMain } = require('./prerequisites')

const BUNDLE = path.join(ROOT, 'build', 'tls-json.js')

/** What it exports. */
const ENTRY = 'lib/tls-json.js'

/** What goes: comments, white space, and the names of what is local to a function. A stack trace has the other names. */
const SHORTER = {
  compress: false,
  mangle: { keep_classnames: true, keep_fnames: true },
  format: { comments: false },
}

/** What the modules are loaded by. Their own names never begin like these. */
const RUNTIME = `
const $path = require('node:path')

const $loaded = []

function $load(id) {
  if ($loaded[id] === undefined) {
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
 * Collects a module and those it needs, itself first.
 *
 * @param {string} name path in the repository, with forward slashes
 * @param {Map<string, { id: number, code: string }>} modules
 * @returns {number} its place in the list
 */
function collect(name, modules) {
  const known = modules.get(name)
  if (known !== undefined) return known.id
  const found = { id: modules.size, code: '' }
  modules.set(name, found)
  const source = fs.readFileSync(path.join(ROOT, name), 'utf8')
  const code = String(minify(source, SHORTER).code)
  const folder = path.posix.dirname(name)
  found.code = code
    .replace(/^"use strict";/, '')
    .replace(/\brequire\("(\.[^"]*)"\)/g, (_, request) => {
      const file = require.resolve(path.join(ROOT, folder, request))
      const needed = path.relative(ROOT, file).replaceAll(path.sep, '/')
      return `$load(${collect(needed, modules)})`
    })
    .replace(/\b__dirname\b/g, `$folder('${folder}')`)
  return found.id
}

/** @returns {string} all modules as one */
function bundle() {
  /** @type {Map<string, { id: number, code: string }>} */
  const modules = new Map()
  collect(ENTRY, modules)
  // In parentheses, because V8 then compiles a function while it reads it, and need not read it twice.
  const list = [...modules].map(
    ([name, { code }]) => `\n// ${name}\n(function (exports, module) {\n${code}}),\n`,
  )
  return [
    "'use strict'\n\n",
    `// Made of ${[...modules.keys()].length} files of the repository's lib by scripts/bundle.js.\n`,
    RUNTIME,
    'const $modules = [',
    ...list,
    ']\n\n',
    'module.exports = $load(0)\n',
  ].join('')
}

/** Writes the file anew. */
function writeBundle() {
  const text = bundle()
  fs.mkdirSync(path.dirname(BUNDLE), { recursive: true })
  // Another `npm pack` may be reading it.
  const unfinished = `${BUNDLE}.${process.pid}`
  fs.writeFileSync(unfinished, text)
  fs.renameSync(unfinished, BUNDLE)
}

if (require.main === module) runMain(writeBundle)

module.exports = { BUNDLE, writeBundle }
