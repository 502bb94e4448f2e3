'use strict'

/**
 * Makes `build/tls-json.js`, all of `lib` in one file, for the package that `npm pack` makes. Most of the time of `require`
 * goes into finding, reading and compiling the files of `lib`: one file without comments and long names takes less than half of it, and
 * half of the memory. `build/cluster.js` has what only `tls-json/cluster` needs, and takes all else from the first.
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
const CLUSTER_BUNDLE = path.join(ROOT, 'build', 'cluster.js')

/** What they export. */
const ENTRY = 'lib/tls-json.js'
const CLUSTER_ENTRY = 'lib/cluster/index.js'

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

/** @typedef {Map<string, { id: number, code: string }>} Modules In the order of their ids. */

/**
 * Collects a module and those it needs, itself first.
 *
 * @param {string} name path in the repository, with forward slashes
 * @param {Modules} modules
 * @param {Modules} elsewhere those that another bundle has
 * @returns {string} what it is loaded by
 */
function collect(name, modules, elsewhere) {
  const other = elsewhere.get(name)
  if (other !== undefined) return `$first(${other.id})`
  const known = modules.get(name)
  if (known !== undefined) return `$load(${known.id})`
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
      return collect(needed, modules, elsewhere)
    })
    .replace(/\b__dirname\b/g, `$folder('${folder}')`)
  return `$load(${found.id})`
}

/**
 * @param {Modules} modules
 * @param {string} head what they need
 * @param {string} end
 * @returns {string} all modules as one
 */
function join(modules, head, end) {
  // In parentheses, because V8 then compiles a function while it reads it, and need not read it twice.
  const list = [...modules].map(
    ([name, { code }]) => `\n// ${name}\n(function (exports, module) {\n${code}}),\n`,
  )
  return [
    "'use strict'\n\n",
    `// Made of ${modules.size} files of the repository's lib by scripts/bundle.js.\n`,
    head,
    RUNTIME,
    'const $modules = [',
    ...list,
    ']\n\n',
    'module.exports = $load(0)\n',
    end,
  ].join('')
}

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  // Another `npm pack` may be reading it.
  const unfinished = `${file}.${process.pid}`
  fs.writeFileSync(unfinished, text)
  fs.renameSync(unfinished, file)
}

/** Writes both files anew. */
function writeBundles() {
  /** @type {Modules} */
  const first = new Map()
  collect(ENTRY, first, new Map())
  /** @type {Modules} */
  const cluster = new Map()
  collect(CLUSTER_ENTRY, cluster, first)
  // Not to be listed, and for the other file alone.
  const lend = "Object.defineProperty(module.exports, '$load', { value: $load })\n"
  write(BUNDLE, join(first, '', lend))
  write(CLUSTER_BUNDLE, join(cluster, "\nconst $first = require('./tls-json.js').$load\n", ''))
}

if (require.main === module) runMain(writeBundles)

module.exports = { BUNDLES: [BUNDLE, CLUSTER_BUNDLE], writeBundles }
