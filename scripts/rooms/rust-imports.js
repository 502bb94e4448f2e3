'use strict'

/** Which files of src import from which others, read from their `use`s and paths: what rustc sees, as far as it is ours. */

const fs = require('node:fs')
const path = require('node:path')

/** @typedef {Map<string, Set<string>>} Imports Each file of src, with forward slashes, and those that it names. */

/** What is no code; a lifetime is no character. */
const NO_CODE = new RegExp(
  [
    /\/\/.*/,
    /\/\*[\s\S]*?\*\//,
    /(?<!\w)b?r(?<hashes>#*)"[\s\S]*?"\k<hashes>/,
    /b?"(?:\\[\s\S]|[^"\\])*"/,
    /b?'(?:\\[^']+|\\'|[^'\\])'/,
    // Who may see something is not who sees it.
    /\bpub\s*\([^)]*\)/,
  ]
    .map(part => part.source)
    .join('|'),
  'g',
)

/** A path, as far as it consists of names, or a sign that something begins or ends. */
const TOKEN = /\b(?:r#)?[a-z_]\w*(?:\s*::\s*(?:r#)?[a-z_]\w*)*|::|[{};,*]/gi

/**
 * @param {string} file
 * @returns {string} the module that it is, `a::b`; the crate's root is ''
 */
function moduleOf(file) {
  const steps = file.replace(/\.rs$/, '').split('/')
  if (steps.at(-1) === 'mod' || file === 'lib.rs') steps.pop()
  return steps.join('::')
}

/**
 * @param {string} module
 * @param {string} name
 * @returns {string}
 */
function inside(module, name) {
  return module === '' ? name : `${module}::${name}`
}

/**
 * @param {string} module
 * @returns {string}
 */
function above(module) {
  return module.split('::').slice(0, -1).join('::')
}

/**
 * Reads one file. Only what begins at the crate, at this module or one above, or at a module declared here can be ours.
 *
 * @param {string} code
 * @param {string} module
 * @returns {string[]} the paths that it names, from the crate's root on
 */
function pathsIn(code, module) {
  /** @type {string[]} */
  const tokens = code.replace(NO_CODE, ' ').match(TOKEN) ?? []
  /** @type {string[]} */
  const found = []
  /** The modules around, this file's own first, each with the braces that were open when it began. */
  const around = [{ module, depth: 0, children: childrenOf(tokens) }]
  let depth = 0

  /** @param {string} named */
  function add(named) {
    const here = /** @type {(typeof around)[number]} */ (around.at(-1))
    const [first = '', ...steps] = named.split(/\s*::\s*/)
    if (first === 'crate') found.push(steps.join('::'))
    else if (first === 'self' && steps.length > 0) found.push(inside(here.module, steps.join('::')))
    else if (first === 'super') {
      let from = above(here.module)
      while (steps[0] === 'super') {
        from = above(from)
        steps.shift()
      }
      found.push(inside(from, steps.join('::')))
    } else if (steps.length > 0 && here.children.has(first)) {
      found.push(inside(here.module, named.replace(/\s/g, '')))
    }
  }

  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? ''
    if (token === 'mod' && tokens[at + 2] === '{') {
      const here = /** @type {(typeof around)[number]} */ (around.at(-1))
      depth++
      around.push({
        module: inside(here.module, tokens[at + 1] ?? ''),
        depth,
        children: new Set(),
      })
      at += 2
    } else if (token === 'use') {
      const end = tokens.indexOf(';', at)
      for (const named of flatten(tokens.slice(at + 1, end))) add(named)
      at = end
    } else if (token === '{') depth++
    else if (token === '}') {
      if (around.length > 1 && around.at(-1)?.depth === depth) around.pop()
      depth--
    } else if (token.includes('::')) add(token)
  }
  return found
}

/**
 * @param {string[]} tokens
 * @returns {Set<string>} the modules that a file declares
 */
function childrenOf(tokens) {
  return new Set(tokens.filter((_, at) => tokens[at - 1] === 'mod'))
}

/**
 * @param {string[]} tokens those of one `use`: `a::b`, `::`, `{`, `c`, `,`, `d`, `}`
 * @returns {string[]} each path of it in full
 */
function flatten(tokens) {
  /** @type {string[]} */
  const found = []
  /** @type {string[]} */
  const before = []
  let current = ''
  for (const token of tokens) {
    if (token === '{') {
      before.push(current)
      current = ''
    } else if (token === ',' || token === '}') {
      if (current !== '') found.push(before.join('') + current)
      current = ''
      if (token === '}') before.pop()
    } else if (token === '::') current += '::'
    else if (token !== 'as' && token !== '_') current += token
  }
  if (current !== '') found.push(current)
  return found.map(named => named.replace(/::self$|::\*$/, ''))
}

/**
 * @param {string} source the folder src
 * @returns {Imports}
 */
function rustImports(source) {
  const files = fs
    .readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.rs'))
    .map(name => name.split(path.sep).join('/'))
    .sort()
  const fileOf = new Map(files.map(file => [moduleOf(file), file]))
  /** @type {Imports} */
  const imports = new Map()
  for (const file of files) {
    const code = fs.readFileSync(path.join(source, file), 'utf8')
    /** @type {Set<string>} */
    const named = new Set()
    for (let module of pathsIn(code, moduleOf(file))) {
      while (module !== '' && !fileOf.has(module)) module = above(module)
      const to = fileOf.get(module)
      if (to !== undefined && to !== file) named.add(to)
    }
    imports.set(file, named)
  }
  return imports
}

module.exports = { rustImports }
