'use strict'

// The pages: each entry that tests show names some that are there, links lead somewhere, and tables are complete.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const ROOT = path.resolve(__dirname, '..', '..')

/** Tables of figures and names. */
const WIDE = new Set(['tls-parity.md', 'platforms.md'])

const { channels } = require('../../lib/observe/channels')
const { Stats } = require('../../lib/observe/stats')
const { githubSlug } = require('../../site/github-slug')

/** Which tests show each entry of a page: by the entry's bold words, each as `file: title`. @type {Record<string, Record<string, string[]>>} */
const trace = JSON.parse(fs.readFileSync(path.join(__dirname, 'trace.json'), 'utf8'))

/**
 * @param {string} page of docs/reference
 * @returns {string[]} the bold words that its entries begin with
 */
function entriesOf(page) {
  const text = fs.readFileSync(path.join(ROOT, 'docs', 'reference', page), 'utf8')
  const found = text.matchAll(/^(?:- )?\*\*([^]+?)\*\*(?:$|:)/gm)
  return [...found].map(([, words]) => String(words).replace(/\s+/g, ' '))
}

/**
 * @param {string} file relative to the folder of tests, or of the Rust sources
 * @returns {string} its text, quotes as in prose
 */
function source(file) {
  const folder = file.endsWith('.test.js') || file.startsWith('rust/') ? '__test__' : 'src'
  return fs.readFileSync(path.join(ROOT, folder, file), 'utf8').replaceAll("\\'", "'")
}

for (const page of ['differences.md', 'compatibility.md', 'security.md']) {
  test(`each entry of docs/reference/${page} is shown by tests that are there`, () => {
    const known = trace[page] ?? {}
    const entries = entriesOf(page)
    assert.deepEqual(entries, Object.keys(known), 'the entries of the page, in their order')
    assert.equal(new Set(entries).size, entries.length, 'each entry once')
    for (const [entry, proofs] of Object.entries(known)) {
      assert.ok(proofs.length > 0, `no test shows: ${entry}`)
      for (const proof of proofs) {
        const [, file, title] = proof.match(/^([\w./-]+): (.+)$/) ?? []
        assert.ok(file && title, `not the name of a test: ${proof}`)
        assert.ok(source(file).includes(title), `${file} has no test "${title}"`)
      }
    }
    assert.ok(entries.length > 50, `only ${entries.length} entries`)
  })
}

test('pages for users can be read at 80 columns', () => {
  for (const folder of ['docs/guide', 'docs/reference']) {
    for (const name of fs.readdirSync(path.join(ROOT, folder))) {
      if (!name.endsWith('.md') || WIDE.has(name)) continue
      const text = fs.readFileSync(path.join(ROOT, folder, name), 'utf8')
      const prose = text.replace(/^```[^]*?^```$/gm, '')
      // A link and a piece of code cannot be broken.
      const long = prose
        .split('\n')
        .filter(line => line.length > 80 && !/^\S+$|^`[^`]+`[.,]?$|https?:|\]\(/.test(line.trim()))
      assert.deepEqual(long, [], `${folder}/${name}`)
    }
  }
})

/**
 * @param {string} text of a document
 * @returns {Set<string>} by what its headings can be linked to, as GitHub makes it
 */
function anchors(text) {
  const headings = text.split('\n').filter(line => /^#+ /.test(line))
  return new Set(headings.map(line => githubSlug(line.replace(/^#+ /, ''))))
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

test('docs/reference/observability.md has every field of stats(), and every channel, in its lists', () => {
  const text = fs.readFileSync(path.join(ROOT, 'docs/reference/observability.md'), 'utf8')
  /** @type {Map<string, string>} */
  const documented = new Map()
  // Names, and of a field who has it; what it is comes behind.
  for (const [, head, of = ''] of text.matchAll(/^- ((?:`[^`]+`(?:,\s+)?)+)(?:\s+\((\w+);)?/gm)) {
    for (const [, name] of head?.matchAll(/`([^`]+)`/g) ?? []) documented.set(String(name), of)
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
