'use strict'

// The code of a cluster, its types and docs/reference/cluster.md name the same options, defaults, members, events, counters,
// channels and codes.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { Cluster, memoryBroker } = require('../../cluster')
const { ROOT } = require('../../lib/engine/addon-file')
const { defaults } = require('../../lib/cluster/options')
const { node } = require('../helpers/nodes')
const { literalsOf, membersOf, nestedMembersOf } = require('../package/declared')
const { entries, section, valueOf } = require('../package/documented')

/** @param {string} name */
const read = name => fs.readFileSync(path.join(ROOT, name), 'utf8')

const chapter = read('docs/reference/cluster.md')

/** The code, as text. */
const source = fs
  .readdirSync(path.join(ROOT, 'lib/cluster'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.js'))
  .map(name => read(path.join('lib/cluster', name)))
  .join('\n')

/**
 * @param {string} text
 * @param {RegExp} wanted of which the first group counts
 * @returns {string[]} each once, in order
 */
const all = (text, wanted) =>
  [...new Set([...text.matchAll(wanted)].map(([, found]) => String(found)))].sort()

/** @param {string} name of a type @returns {string[]} its members */
function declared(name) {
  const members = membersOf(name).filter(member => member.name !== undefined)
  for (const member of members) {
    assert.ok(member.text.length > 10 || name === 'ClusterStats', `${member.name} has no comment`)
  }
  return members.map(member => member.name).sort()
}

test('the options, and their defaults', () => {
  const list = section(chapter, '## `new Cluster(server, options)`').split('\n### ')[0] ?? ''
  const documented = entries(list)
  /** @type {Record<string, unknown>} */
  const code = { ...defaults, info: undefined, describe: undefined }
  assert.deepEqual(all(list, /^- `(\w+)`/gm), ['broker', ...Object.keys(code)].sort(), 'cluster.md')
  assert.deepEqual(declared('ClusterOptions'), ['broker', ...Object.keys(code)].sort(), 'types')
  for (const { name, byDefault } of membersOf('ClusterOptions')) {
    if (name === 'broker') continue
    assert.deepEqual(valueOf(byDefault ?? ''), code[name], `@default of ${name}`)
    assert.deepEqual(valueOf(documented.get(name) ?? ''), code[name], `${name} in cluster.md`)
  }
})

test('methods and properties', async t => {
  const { cluster } = await node(t, memoryBroker())
  const own = Object.keys(cluster).filter(name => ['id', 'nodes'].includes(name))
  const code = [...Object.getOwnPropertyNames(Cluster.prototype), ...own].filter(
    name => name !== 'constructor',
  )
  const methods = all(section(chapter, '### Methods of a cluster'), /(?<=^- .*)`(\w+)\(/gm)
  const properties = all(section(chapter, '### Properties of a cluster'), /^- `(\w+)`:/gm)
  assert.deepEqual([...methods, ...properties].sort(), code.sort(), 'cluster.md')
  assert.deepEqual(declared('Cluster'), code, 'types')
})

test('events, and why a node is down', () => {
  const list = section(chapter, '### Events of a cluster')
  const code = all(source, /[eE]mit(?:ter\.emit)?\('(\w+)'/g)
  assert.deepEqual(all(list, /^- `'(\w+)'`/gm), code, 'cluster.md')
  assert.deepEqual(declared('ClusterEvents'), code, 'types')
  const [item = ''] = list.split('\n- ').filter(text => text.startsWith("`'nodeDown'`"))
  const reasons = all(item, /`'(\w+)'`/g).filter(name => name !== 'nodeDown')
  assert.deepEqual(reasons, literalsOf('NodeDownReason').sort())
})

test('what stats have', async t => {
  const { cluster } = await node(t, memoryBroker())
  const code = Object.entries(cluster.stats())
    .map(([key, value]) => [key, Object.keys(Object(value)).sort()])
    .sort()
  const types = Object.entries(nestedMembersOf('ClusterStats')).map(([key, names]) => [
    key,
    names.sort(),
  ])
  assert.deepEqual(types.sort(), code, 'types/cluster-results.d.ts')
  const [list = ''] = section(chapter, '## What can be seen').split('\nChannels of')
  const items = list.split('\n- ').slice(1)
  const names = code.flat(2)
  assert.deepEqual(all(items.join('\n'), /`(\w+)`/g), [...new Set(names)].sort(), 'cluster.md')
  for (const [key, inner] of /** @type {[string, string[]][]} */ (code)) {
    const item = items.find(text => text.includes(`\`${key}\``)) ?? ''
    for (const name of inner) assert.ok(item.includes(`\`${name}\``), `${key}.${name}`)
  }
})

test('the diagnostics channels', () => {
  const code = all(source, /'(tls-json:cluster:[a-z-]+)'/g)
  assert.deepEqual(all(chapter, /`(tls-json:cluster:[a-z-]+)`/g), code, 'cluster.md')
  assert.deepEqual(
    membersOf('ClusterChannels')
      .map(({ name }) => name)
      .sort(),
    code,
    'types',
  )
})

test('the codes of errors', () => {
  const made = all(source, /'(TLSJSON_[A-Z_]+)'/g)
  const told = all(chapter, /`(TLSJSON_[A-Z_]+)`/g)
  const known = literalsOf('ErrorCode')
  assert.ok(made.length >= 6, made.join())
  for (const code of made) assert.ok(told.includes(code), `${code} is not in cluster.md`)
  for (const code of told) assert.ok(known.includes(code), `${code} is none`)
  const errors = read('docs/reference/errors.md')
  for (const code of told) assert.ok(errors.includes(`\n### \`${code}\``), `${code} in errors.md`)
})
