'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { copyPackage } = require('../helpers/copy')
const { start } = require('../helpers/program')
const subject = require('../helpers/subject')

// The original keeps the timers of answered requests.
const only = subject.isOriginal ? { skip: 'about this package alone' } : {}

/**
 * @param {import('node:test').TestContext} t
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function leaks(t, args, env) {
  const file = path.join(__dirname, '..', 'leaks', 'run.js')
  return start(t, ['--expose-gc', file, ...args], { within: 300_000, env })
}

/** How much of a full run is done here. @type {Record<string, string>} */
const scales = {
  cycles: '0.05',
  storms: '0.04',
  workers: '0.1',
  renewals: '0.04',
  handshakes: '0.04',
  logins: '0.04',
  torn: '0.04',
  garbage: '0.04',
}

for (const [name, scale] of Object.entries(scales)) {
  test(`nothing is left of ${name}`, only, async t => {
    const { code, stdout, stderr } = await leaks(t, [name, '--scale', scale])
    assert.equal(stderr, '')
    assert.equal(code, 0, stdout)
    assert.match(stdout, /\| flat +\|/)
  })
}

/**
 * Faults put into a copy of the package, and where they must be seen.
 *
 * @type {Record<string, { loop: string, file: string, line: string, fault: string, seen: RegExp }>}
 */
const faults = {
  'a connection that is never forgotten': {
    loop: 'cycles',
    file: 'lib/engine/dispatch.js',
    line: 'receivers.delete(id)',
    fault: '',
    seen: /\d+ × client/,
  },
  'a socket that a server keeps': {
    loop: 'logins',
    file: 'lib/server/server.js',
    line: 'this.sockets.delete(connection.socketId)',
    fault: 'connection.socket.padding = new Float64Array(2000)',
    seen: /GREW/,
  },
}

for (const [name, { loop, file, line, fault, seen }] of Object.entries(faults)) {
  test(`what ${name} leaves is noticed`, only, async t => {
    const folder = copyPackage(t)
    const source = fs.readFileSync(path.join(folder, file), 'utf8')
    assert.ok(source.includes(line), `${file} has the line`)
    fs.writeFileSync(
      path.join(folder, file),
      source.replace(line, () => fault),
    )
    const env = { TLS_JSON_SUBJECT: folder }
    const { code, stdout, stderr } = await leaks(t, [loop, '--scale', '0.04'], env)
    assert.equal(stderr, '')
    assert.equal(code, 1, stdout)
    assert.match(stdout, seen)
  })
}
