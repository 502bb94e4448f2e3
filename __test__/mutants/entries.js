'use strict'

// The functions of src/binding that JavaScript calls, as they stand in the sources.

const fs = require('node:fs')
const path = require('node:path')

/**
 * @typedef {object} Entry
 * @property {string} name such as `Engine.write`, or `Engine.constructor`
 * @property {string} attribute what stands behind `napi` in `#[napi(…)]`
 * @property {string} file
 * @property {number} body where its body begins in the text of the file
 */

/** @param {string} name */
const camelCase = name => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())

/**
 * @param {string} file for messages
 * @param {string} text Rust
 * @returns {Entry[]} the functions with `#[napi]`, and all that are public in a block with it
 * @throws {Error} if there is a public one that JavaScript cannot be meant to call
 */
function entriesOf(file, text) {
  const found = []
  const line =
    /^( *)(?:#\[napi(?:\((.*)\))?\]|impl (\w+) \{|(?:pub )?(?:const |async |unsafe )*fn (\w+)|(\})|pub \w+ )/gm
  let attribute = /** @type {string | null} */ (null)
  let block = /** @type {{ name: string, exported: boolean } | null} */ (null)
  for (const match of text.matchAll(line)) {
    const [whole, indent = '', inside, owner, fn, end] = match
    if (whole.includes('#[napi')) {
      attribute = inside ?? ''
      continue
    }
    if (owner) block = { name: owner, exported: attribute !== null }
    else if (end && indent === '') block = null
    else if (fn) {
      const exported = attribute !== null
      if (!exported && block?.exported && /^ *pub /.test(whole)) {
        throw new Error(`${file}: ${fn} is public in a block with #[napi], and not exported itself`)
      }
      if (exported) {
        const isConstructor = /\bconstructor\b/.test(String(attribute))
        const own = isConstructor ? 'constructor' : camelCase(fn)
        found.push({
          name: block === null ? own : `${block.name}.${own}`,
          attribute: String(attribute),
          file,
          body: text.indexOf('{', match.index + whole.length) + 1,
        })
      }
    }
    attribute = null
  }
  return found
}

/**
 * @param {string} root of the sources
 * @returns {Entry[]}
 */
function entries(root) {
  const folder = path.join(root, 'src', 'binding')
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files
    .filter(name => name.endsWith('.rs'))
    .flatMap(name => {
      const file = path.join('src', 'binding', name)
      return entriesOf(file, fs.readFileSync(path.join(root, file), 'utf8'))
    })
}

module.exports = { entries, entriesOf }
