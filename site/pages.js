'use strict'

/**
 * Which files of the repository are pages of the site, and where.
 */

const fs = require('node:fs')
const path = require('node:path')

const ROOT = path.resolve(__dirname, '..')

/** What TypeDoc writes, relative to the repository. */
const TYPES = 'build/site-types'

/** Pages outside of docs, by their file. */
const SINGLE = /** @type {Record<string, string>} */ ({
  'README.md': 'index.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
  'benchmark/README.md': 'internals/benchmark.md',
  'docs/README.md': 'documents.md',
})

/** Folders whose files keep their names, and where they are on the site. */
const FOLDERS = /** @type {Record<string, string>} */ ({
  'docs/guide/': 'guide/',
  'docs/reference/': 'reference/',
  'docs/internals/': 'internals/',
  [`${TYPES}/`]: 'types/',
})

/**
 * @param {string} file relative to the repository, with forward slashes
 * @returns {string | undefined} the page, if it is one
 */
function pageOf(file) {
  if (!file.endsWith('.md')) return undefined
  if (Object.hasOwn(SINGLE, file)) return SINGLE[file]
  const folder = Object.keys(FOLDERS).find(name => file.startsWith(name))
  return folder && `${FOLDERS[folder]}${file.slice(folder.length)}`
}

/** @returns {Record<string, string>} the pages by their files */
function allPages() {
  /** @type {Record<string, string>} */
  const pages = { ...SINGLE }
  for (const folder of Object.keys(FOLDERS)) {
    const names = fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    for (const name of names) {
      const file = `${folder}${name.replaceAll(path.sep, '/')}`
      const page = pageOf(file)
      if (page !== undefined) pages[file] = page
    }
  }
  return pages
}

module.exports = { ROOT, TYPES, allPages, pageOf }
