'use strict'

const crypto = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

const { UsageError } = require('./usage-error')

/**
 * @typedef {object} Draft A file that is to be
 * @property {string} file
 * @property {string} text
 * @property {number} mode
 */

/** Who may read a private key: its owner. */
const PRIVATE = 0o600
const PUBLIC = 0o644

/**
 * @param {string} stem path without the ending
 * @param {import('../..').CertificatePair} pair
 * @returns {[key: Draft, cert: Draft]}
 */
function pairFiles(stem, { key, cert }) {
  return [
    { file: `${stem}.key`, text: key, mode: PRIVATE },
    { file: `${stem}.crt`, text: cert, mode: PUBLIC },
  ]
}

/**
 * Writes all of them, or none if one is there and must not be replaced. A symbolic link is never followed: without `force`
 * it counts as a file that is there, with it the link itself is replaced.
 *
 * @param {Draft[]} drafts
 * @param {boolean} force
 */
function writeFiles(drafts, force) {
  for (const { file } of drafts) makeFolder(path.dirname(path.resolve(file)))
  const there = force ? [] : drafts.filter(({ file }) => isThere(file))
  if (there.length > 0) {
    const names = there.map(({ file }) => file).join(', ')
    throw new UsageError(`already there: ${names}; --force replaces it`)
  }
  /** @type {string[]} */
  const written = []
  for (const draft of drafts) {
    try {
      if (force) replace(draft)
      else create(draft)
      written.push(draft.file)
    } catch (err) {
      // A key without its certificate is of no use; what was replaced is gone in any case.
      if (!force) for (const file of written) fs.rmSync(file)
      const { code } = /** @type {NodeJS.ErrnoException} */ (err)
      throw new UsageError(`cannot write ${draft.file}: ${code}`)
    }
  }
}

/**
 * As `mkdir` of Node does with `recursive`, which never ends below a link to nothing, or where nothing can be made (/proc).
 *
 * @param {string} folder
 */
function makeFolder(folder) {
  if (fs.existsSync(folder)) return
  const parent = path.dirname(folder)
  // A drive of Windows that is not there has none.
  if (parent !== folder) makeFolder(parent)
  try {
    fs.mkdirSync(folder)
  } catch (err) {
    // Somebody else was faster.
    if (fs.existsSync(folder)) return
    const { code } = /** @type {NodeJS.ErrnoException} */ (err)
    throw new UsageError(`cannot make the folder ${folder}: ${code}`)
  }
}

/**
 * @param {string} file
 * @returns {boolean} whether there is anything of that name, a link to nothing too
 */
function isThere(file) {
  return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined
}

/** @param {Draft} draft */
function create({ file, text, mode }) {
  // 'wx' fails if the file is there, or a link.
  fs.writeFileSync(file, text, { flag: 'wx', mode })
}

/** @param {Draft} draft */
function replace({ file, text, mode }) {
  const draft = `${file}.${crypto.randomBytes(6).toString('hex')}`
  create({ file: draft, text, mode })
  try {
    fs.renameSync(draft, file)
  } catch (err) {
    fs.rmSync(draft)
    throw err
  }
}

module.exports = { pairFiles, writeFiles }
