'use strict'

// A document that names a test must name one that is there.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const ROOT = path.resolve(__dirname, '..', '..')
const { channels } = require('../../lib/observe/channels')
const { Stats } = require('../../lib/observe/stats')

/**
 * The cells of a document's tables that may name tests: the last one of each row.
 *
 * @param {string} name
 * @returns {string[]}
 */
function lastCells(name) {
  const lines = fs.readFileSync(path.join(ROOT, 'docs', 'reference', name), 'utf8').split('\n')
  const rows = lines.filter(line => line.startsWith('| '))
  return rows.map(row => row.split('|').at(-2)?.trim() ?? '').filter(cell => !/^tests?$/.test(cell))
}

/**
 * @param {string} file relative to the folder of tests, or of the Rust sources
 * @returns {string} its text, quotes as in prose
 */
function source(file) {
  const folder = file.endsWith('.test.js') || file.startsWith('rust/') ? '__test__' : 'src'
  return fs.readFileSync(path.join(ROOT, folder, file), 'utf8').replaceAll("\\'", "'")
}

for (const name of ['differences.md', 'compatibility.md', 'security.md']) {
  test(`docs/reference/${name} names tests that are there`, () => {
    let count = 0
    for (const cell of lastCells(name)) {
      if (/^-+$/.test(cell) || cell === 'no test yet') continue
      for (const part of cell.split('<br>')) {
        const [, file, title] = part.match(/^`([\w./-]+)`: (.+)$/) ?? []
        assert.ok(file && title, `not the name of a test: ${part}`)
        assert.ok(source(file).includes(title), `${file} has no test "${title}"`)
        count++
      }
    }
    assert.ok(count > 20, `only ${count} names`)
  })
}

/**
 * @param {string} text of a document
 * @returns {Set<string>} by what its headings can be linked to, as GitHub makes it
 */
function anchors(text) {
  const headings = text.split('\n').filter(line => /^#+ /.test(line))
  return new Set(
    headings.map(line =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  )
}

test('links between documents lead to a file, and to a heading, that are there', () => {
  const listed = execFileSync('git', ['ls-files', '-z', '--', '*.md'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  let count = 0
  for (const name of listed.split('\0').slice(0, -1)) {
    const text = fs.readFileSync(path.join(ROOT, name), 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const [file = '', heading] = target.split('#')
      const full = file === '' ? path.join(ROOT, name) : path.join(ROOT, path.dirname(name), file)
      assert.ok(fs.existsSync(full), `${name}: ${target}`)
      if (heading !== undefined) {
        assert.ok(anchors(fs.readFileSync(full, 'utf8')).has(heading), `${name}: ${target}`)
      }
      count++
    }
  }
  assert.ok(count > 40, `only ${count} links`)
})

/**
 * @param {any} value
 * @param {string} [prefix]
 * @returns {string[]} the paths of all numbers, and of objects whose keys are not known beforehand
 */
function fieldsOf(value, prefix = '') {
  if (typeof value === 'number' || Object.keys(value).length === 0) return [prefix]
  return Object.entries(value).flatMap(([name, inner]) =>
    fieldsOf(inner, prefix === '' ? name : `${prefix}.${name}`),
  )
}

test('docs/reference/observability.md has every field of stats(), and every channel, in its tables', () => {
  const rows = fs
    .readFileSync(path.join(ROOT, 'docs/reference/observability.md'), 'utf8')
    .split('\n')
    .filter(line => line.startsWith('| `'))
  /** @type {Map<string, string>} */
  const documented = new Map()
  for (const row of rows) {
    const [, cell, of] = row.split('|')
    for (const [, name] of cell?.matchAll(/`([^`]+)`/g) ?? []) {
      documented.set(String(name), String(of).trim())
    }
  }
  const stats = new Stats()
  const server = new Set(fieldsOf(stats.ofServer(0, 0)))
  const client = new Set(fieldsOf(stats.ofClient(0, 0)))
  const channelNames = Object.values(channels).map(({ name }) => String(name))
  for (const field of new Set([...server, ...client])) {
    const of =
      server.has(field) && client.has(field) ? 'both' : server.has(field) ? 'server' : 'client'
    assert.equal(documented.get(field), of, field)
  }
  for (const name of channelNames) assert.ok(documented.has(name), name)
  assert.equal(documented.size, new Set([...server, ...client, ...channelNames]).size)
  assert.ok(Object.isFrozen(channels))
  const types = fs.readFileSync(path.join(ROOT, 'types/channels.d.ts'), 'utf8')
  const typed = types
    .match(/interface Channels \{([^]*?)\n\}/)?.[1]
    ?.match(/tls-json:[a-z:-]+(?=':)/g)
  assert.deepEqual(typed, channelNames)
})
