'use strict'

/**
 * Makes the files that the package has in the place of `lib`, for `npm pack`. Most of the time of `require` goes into
 * finding, reading and compiling what is loaded: one file without comments and long names takes less than half of it, and half
 * of the memory. `build/tls-json.js` has what is loaded at once; `build/later.js` what `lib/host/later.js` puts off;
 * `build/cluster.js` what only `tls-json/cluster` needs, and takes all else from the first.
 *
 * Each module remains a function of its own, so a stack trace names the same functions; the path of the module stands
 * above it.
 *
 * That takes seconds, and tests and benchmarks ask for it again and again: of what it was made is noted beside what cargo
 * builds, and as long as that is so nothing is made.
 */

const crypto = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

// @ts-expect-error Its types know only the module of ES.
const { minify_sync: minify } = require('terser')

const { ROOT } = require('../lib/engine/addon-file')
const { runMain } = require('./prerequisites')

const BUILD = path.join(ROOT, 'build')
/** What is loaded at once, what later, and what a cluster needs besides. */
const BUNDLES = ['tls-json.js', 'later.js', 'cluster.js'].map(name => path.join(BUILD, name))

/** Not in build/, of which packages are made. */
const NOTE = path.join(ROOT, 'target', 'bundles.sha256')

/** What they export. */
const ENTRY = 'lib/tls-json.js'
const CLUSTER_ENTRY = 'lib/cluster/index.js'

/**
 * What goes: comments, white space, and the names of what is local to a function. A stack trace has the other names. V8 reads a
 * text in ASCII alone faster than another, and keeps it in half of the memory.
 */
const SHORTER = {
  compress: false,
  mangle: { keep_classnames: true, keep_fnames: true },
  format: { comments: false, ascii_only: true },
}

/**
 * What the modules are loaded by. Their own names never begin like these.
 *
 * @param {string} [missing] what is done where a module is not in the file
 */
const runtime = (missing = '') => `
const $path = require('node:path')

const $loaded = []

function $load(id) {
  if ($loaded[id] === undefined) {
${missing}    const loading = { exports: {} }
    $loaded[id] = loading
    try {
      $modules[id](loading.exports, loading)
    } catch (error) {
      // Where a program has no stack left, say, it is loaded again when it is needed again.
      $loaded[id] = undefined
      throw error
    }
  }
  return $loaded[id].exports
}

function $folder(name) {
  return $path.join($path.dirname(__dirname), name)
}

`

/**
 * How the file of those that come later is loaded. What is loaded of it shall be of the same version whatever becomes of the
 * folder until then, and shall not need a file that the process has no descriptor for; so it is read at once, though not
 * compiled, where Node's own modules can do that. Bundlers, Jest and Bun have modules of their own.
 */
const ADD_LATER = `
const $laterFile = $path.join(__dirname, 'later.js')
let $laterText
if (typeof module.constructor?.prototype?._compile === 'function') {
  $laterText = require('node:fs').readFileSync($laterFile, 'latin1')
}

function $later() {
  if ($laterText === undefined) return require('./later.js')
  const later = new module.constructor($laterFile, module)
  later.filename = $laterFile
  later.paths = module.paths
  later._compile($laterText, $laterFile)
  $laterText = undefined
  return later.exports
}

function $addLater() {
  $modules.push(...$later()($load, $folder))
}

`

/**
 * @typedef {object} Module
 * @property {string} name path in the repository, with forward slashes
 * @property {string} code in which `$load("name")` stands for `require`
 * @property {string[]} now those that it loads when it is loaded itself
 * @property {string[]} later those that it loads when they are needed
 */

/** @typedef {Map<string, Module>} Modules By their names, itself first. */

/**
 * Collects a module and those it needs.
 *
 * @param {string} name
 * @param {Modules} modules
 */
function collect(name, modules) {
  if (modules.has(name)) return
  /** @type {Module} */
  const found = { name, code: '', now: [], later: [] }
  modules.set(name, found)
  const source = fs.readFileSync(path.join(ROOT, name), 'utf8')
  const code = String(minify(source, SHORTER).code)
  const folder = path.posix.dirname(name)
  found.code = code
    .replace(/^"use strict";/, '')
    .replace(/(\blater\(\(\)=>)?\brequire\("(\.[^"]*)"\)/g, (_, later = '', request) => {
      const file = require.resolve(path.join(ROOT, folder, request))
      const needed = path.relative(ROOT, file).replaceAll(path.sep, '/')
      found[later === '' ? 'now' : 'later'].push(needed)
      return `${later}$load("${needed}")`
    })
    .replace(/\b__dirname\b/g, `$folder('${folder}')`)
  for (const needed of [...found.now, ...found.later]) collect(needed, modules)
}

/**
 * @param {string} name
 * @param {Modules} modules
 * @param {Set<string>} [seen]
 * @returns {Set<string>} it, and those that are loaded with it
 */
function atOnce(name, modules, seen = new Set()) {
  if (seen.has(name)) return seen
  seen.add(name)
  for (const needed of modules.get(name)?.now ?? []) atOnce(needed, modules, seen)
  return seen
}

/**
 * @param {Module[]} modules
 * @param {(name: string) => string} call what loads a module
 * @returns {string} their functions, as a list
 */
function list(modules, call) {
  // In parentheses, because V8 then compiles a function while it reads it, and need not read it twice.
  const functions = modules.map(({ name, code }) => {
    const linked = code.replace(/\$load\("([^"]*)"\)/g, (_, needed) => call(needed))
    return `\n// ${name}\n(function (exports, module) {\n${linked}}),\n`
  })
  return `[${functions.join('')}]\n\n`
}

/**
 * @param {Module[]} modules
 * @returns {string} the first lines of a file of them
 */
function head(modules) {
  return `'use strict'\n\n// Made of ${modules.length} files of the repository's lib by scripts/bundle.js.\n`
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

/**
 * @param {string[]} bundles files
 * @returns {string | undefined} a digest of all that they are made of, and of themselves; none while one is missing
 */
function digest(bundles) {
  if (!bundles.every(file => fs.existsSync(file))) return undefined
  const lib = fs
    .readdirSync(path.join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.js'))
    .sort()
    .map(name => path.join(ROOT, 'lib', name))
  const hash = crypto.createHash('sha256')
  for (const file of [__filename, require.resolve('terser/package.json'), ...lib, ...bundles]) {
    const content = fs.readFileSync(file)
    hash.update(`${path.relative(ROOT, file)} ${content.length}\n`).update(content)
  }
  return `${hash.digest('hex')}\n`
}

/**
 * @param {string[]} bundles files
 * @param {string} note
 * @returns {boolean} whether they are what would be written
 */
function isWritten(bundles, note) {
  const known = digest(bundles)
  return known !== undefined && fs.existsSync(note) && fs.readFileSync(note, 'utf8') === known
}

/**
 * Writes the files, unless they are what it would write.
 *
 * @param {string} [folder]
 * @param {string} [note] where the digest is kept
 */
function writeBundles(folder = BUILD, note = NOTE) {
  const bundles = BUNDLES.map(file => path.join(folder, path.basename(file)))
  const [bundle = '', laterBundle = '', clusterBundle = ''] = bundles
  if (isWritten(bundles, note)) return
  /** @type {Modules} */
  const modules = new Map()
  collect(ENTRY, modules)
  const names = atOnce(ENTRY, modules)
  const first = [...modules.values()].filter(({ name }) => names.has(name))
  const later = [...modules.values()].filter(({ name }) => !names.has(name))
  const ids = new Map([...first, ...later].map(({ name }, id) => [name, id]))
  const load = (/** @type {string} */ name) => `$load(${ids.get(name)})`
  write(
    bundle,
    `${head(first)}${runtime('    if (id >= $modules.length) $addLater()\n')}${ADD_LATER}const $modules = ${list(first, load)}` +
      'module.exports = $load(0)\n' +
      // Not to be listed, and for the file of the cluster alone.
      "Object.defineProperty(module.exports, '$load', { value: $load })\n",
  )
  // In parentheses for the same reason as those in it.
  const wrapped = `(function ($load, $folder) {\nreturn ${list(later, load)}})`
  write(laterBundle, `${head(later)}\nmodule.exports = ${wrapped}\n`)

  /** @type {Modules} */
  const withCluster = new Map()
  collect(CLUSTER_ENTRY, withCluster)
  const cluster = [...withCluster.values()].filter(({ name }) => !ids.has(name))
  const clusterIds = new Map(cluster.map(({ name }, id) => [name, id]))
  write(
    clusterBundle,
    `${head(cluster)}\nconst $first = require('./tls-json.js').$load\n${runtime()}const $modules = ` +
      list(cluster, name =>
        ids.has(name) ? `$first(${ids.get(name)})` : `$load(${clusterIds.get(name)})`,
      ) +
      'module.exports = $load(0)\n',
  )
  write(note, digest(bundles) ?? '')
}

if (require.main === module) runMain(() => writeBundles())

module.exports = { BUNDLES, isWritten, writeBundles }
