'use strict'

// The code, the types and the documents name the same options, defaults, error codes, events and members.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

// What a server or client of no options hands to what carries it: its defaults. Before lib/server/server.js asks for it.
const transport = require('../../lib/transport')
/** @type {any} */
let bounds
const { serverFor } = transport
transport.serverFor = (options, given, owner) => {
  bounds = given
  return serverFor(options, given, owner)
}
transport.dialFor = () =>
  /** @type {any} */ ({
    start: (/** @type {any} */ connection) =>
      setImmediate(() => connection.fail(new Error('not meant to connect'))),
  })

const errorClasses = require('../../lib/errors/classes')
const { names } = require('../../lib/errors/spelling')
const Client = require('../../lib/client/client')
const Server = require('../../lib/server/server')
const { clientLimits } = require('../../lib/protocol/limits')
const { connectTarget } = require('../../lib/net/lookup')
const { ROOT } = require('../../lib/engine/addon-file')
const { table } = require('../../lib/tls/option-table')
const { literalsOf, membersOf, resolvedMembers } = require('./declared')
const { entries, section, valueOf } = require('./documented')

/** @typedef {'Server' | 'Client'} Role */

/** @param {string} name */
const read = name => fs.readFileSync(path.join(ROOT, name), 'utf8')

const api = read('docs/reference/api.md')

/**
 * @param {Role} role
 * @returns {Record<string, unknown>} the default of each option, as the code has it
 */
function defaultsOfCode(role) {
  const none = { options: undefined, password: undefined }
  /** What is off unless it is asked for. */
  const asked = {
    extensions: undefined,
    queue: undefined,
    reconnect: undefined,
    servers: undefined,
  }
  if (role === 'Client') {
    const client = new Client({})
    client.on('error', () => {})
    const { connectTimeout, connection } = clientLimits({})
    return {
      ...none,
      ...asked,
      ...connection,
      connectTimeout,
      host: connectTarget({ port: 1 }).host,
      port: undefined,
      reconnectInterval: client.reconnectInterval,
      requestTimeout: client.requests.requestTimeout,
    }
  }
  const server = new Server({ password: '' })
  const { loginTimeout, keepaliveInterval, keepaliveTimeout, ...limits } = bounds
  return {
    ...none,
    authenticate: undefined,
    ...limits,
    // The engine has no limit where the option is not given.
    maxFailedLogins: limits.maxFailedLogins ?? Infinity,
    authTimeout: loginTimeout,
    keepAliveInterval: keepaliveInterval,
    keepAliveTimeout: keepaliveTimeout,
    requestTimeout: server.requests.requestTimeout,
  }
}

/**
 * @param {Role} role
 * @returns {import('./declared').Member[]}
 */
function optionsOfTypes(role) {
  return [...membersOf('ConnectionLimits'), ...membersOf(`${role}Options`)]
}

/**
 * @param {Role} role
 * @returns {Map<string, string>} options and defaults, as docs/reference/api.md has them
 */
function optionsOfDocs(role) {
  const limits = section(api, '## Limits').split('Of servers:')
  const ofRole = role === 'Server' ? limits.join('') : String(limits[0])
  return new Map([...entries(section(api, `## \`new ${role}(options)\``)), ...entries(ofRole)])
}

for (const role of /** @type {const} */ (['Server', 'Client'])) {
  test(`the options of a ${role}, and their defaults, are those of the types and of api.md`, () => {
    const code = defaultsOfCode(role)
    const declared = optionsOfTypes(role)
    const documented = optionsOfDocs(role)
    const known = [...names[role]].sort()
    assert.deepEqual(Object.keys(code).sort(), known, 'the defaults of the code')
    assert.deepEqual(declared.map(({ name }) => name).sort(), known, 'types/options.d.ts')
    assert.deepEqual([...documented.keys()].sort(), known, 'docs/reference/api.md')
    for (const { name, text, byDefault } of declared) {
      assert.ok(text.length > 10, `${name} has no comment`)
      assert.deepEqual(valueOf(byDefault ?? ''), code[name], `@default of ${name}`)
      assert.deepEqual(valueOf(documented.get(name) ?? ''), code[name], `${name} in api.md`)
    }
  })

  test(`the TLS options of a ${role} are those of the types and of tls-options.md`, () => {
    const who = role === 'Server' ? 'server' : 'client'
    const typed = resolvedMembers(`${role}TlsOptions`, 'types/options.d.ts')
    const documented = read('docs/reference/tls-options.md').matchAll(
      /^- `(\w+)` \(([a-z ]+);\s(\w+)\):/gm,
    )
    const entriesOfRole = new Map(
      [...documented]
        .filter(([, , readers]) => readers?.includes(who))
        .map(([, name, , carrier]) => [String(name), carrier]),
    )
    const code = Object.entries(table).filter(([, rule]) => (rule.role ?? who) === who)
    assert.deepEqual([...entriesOfRole.keys()].sort(), code.map(([name]) => name).sort())
    for (const [name, { handling }] of code) {
      assert.equal(entriesOfRole.get(name), handling === 'node' ? 'node' : 'rustls', name)
      // Node's own types lack some of those that have no effect.
      if (handling !== 'ignored') assert.ok(typed.has(name), `${name} is not in the types`)
    }
  })

  test(`the table of SECURITY.md has the defaults of a ${role}`, () => {
    const code = defaultsOfCode(role)
    const rows = read('SECURITY.md').matchAll(/^\| [^|]+ \| ([^|]+) \| ([^|]+) \|$/gm)
    let count = 0
    for (const [, cell, defaults] of rows) {
      const options = [...String(cell).matchAll(/`(\w+)`/g)].map(([, name]) => String(name))
      const values = String(defaults).trim().split(', ')
      if (!options.every(name => Object.hasOwn(code, name)) || options.length === 0) continue
      for (const [at, name] of options.entries()) {
        const value = values.length === options.length ? String(values[at]) : String(defaults)
        const meant = { none: Infinity, off: 0 }[value.trim()] ?? valueOf(value.trim())
        assert.equal(meant, code[name], `${name} in SECURITY.md`)
        count++
      }
    }
    assert.ok(count >= (role === 'Server' ? 10 : 5), `only ${count}`)
  })

  test(`the events and members of a ${role} are in the types and in api.md`, () => {
    const kind = role.toLowerCase()
    const chapter = section(api, `## \`new ${role}(options)\``)
    const documented = (/** @type {string} */ part) =>
      [...section(chapter, `### ${part} of a ${kind}`).matchAll(/^- (`[^:]+`)[^:]*:/gm)]
        .flatMap(([, head]) => [...String(head).matchAll(/`'?(\w+(?:\.\w+)?)/g)])
        .map(([, name]) => String(name).split('.')[0])
        .sort()
    const events = membersOf(`${role}Events`)
    assert.deepEqual(documented('Events'), events.map(({ name }) => name).sort())
    for (const { name, text } of events) assert.ok(text.length > 10, `'${name}' has no comment`)
    // A symbol has no name.
    const members = membersOf(role).flatMap(({ name }) => name ?? [])
    assert.deepEqual([...documented('Methods'), ...documented('Properties')].sort(), members.sort())
  })
}

/**
 * @param {string} folder
 * @param {RegExp} wanted names of files
 * @returns {string[]} the texts of the files in it
 */
function sources(folder, wanted) {
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => wanted.test(name))
    .map(name => read(path.join(folder, name)))
}

test('the error codes of the code are those of the types and of errors.md', () => {
  const texts = [...sources('lib', /\.js$/), ...sources('src', /\.rs$/)]
  const made = new Set(texts.flatMap(text => text.match(/(?<=['"])TLSJSON_[A-Z_]+(?=['"])/g) ?? []))
  for (const variable of ['TLSJSON_TRANSPORT', 'TLSJSON_READ', 'TLSJSON_BINARY'])
    made.delete(variable)
  // It names itself, where the variable is why.
  const known = [...made].sort()
  assert.deepEqual(literalsOf('ErrorCode').sort(), known, 'types/errors.d.ts')
  const headings = read('docs/reference/errors.md').matchAll(/^### `(TLSJSON_[A-Z_]+)`$/gm)
  assert.deepEqual([...headings].map(([, code]) => code).sort(), known, 'docs/reference/errors.md')
})

test('the classes of errors have the codes that the types and errors.md say', () => {
  const list = section(read('docs/reference/errors.md'), '## Classes')
  const items = list.split(/^- /m).slice(1)
  for (const [name, { codes }] of Object.entries(errorClasses)) {
    const item = items.find(text => text.startsWith(`\`${name}\``)) ?? ''
    if (codes === null) assert.match(item, /begins with `TLSJSON_`/)
    else {
      const linked = [...item.matchAll(/\[`(TLSJSON_[A-Z_]+)`\]/g)].map(([, code]) => String(code))
      assert.deepEqual(linked.sort(), [...codes].sort(), `${name} in errors.md`)
      assert.deepEqual(literalsOf(name).sort(), [...codes].sort(), `${name} in types/errors.d.ts`)
    }
  }
  assert.equal(items.length, Object.keys(errorClasses).length)
})

test('every method that throws one of our codes, or returns a promise, says so', () => {
  const text = read('index.d.ts')
  for (const name of ['listen', 'send', 'broadcast', 'request', 'constructor']) {
    const comments = [...text.matchAll(new RegExp(`\\*/\\n  ${name}[(<]`, 'g'))]
    assert.ok(comments.length > 0, name)
    for (const { index } of comments) {
      const comment = text.slice(text.lastIndexOf('/**', index), index)
      if (comment.includes('The same, where')) continue
      assert.match(comment, /@throws/, `${name}: ${comment}`)
    }
  }
})
