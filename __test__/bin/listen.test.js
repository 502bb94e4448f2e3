'use strict'

// The command `listen`, with the package's own Client at the other end.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { temporaryFolder } = require('../helpers/cleanup')
const { Running, tlsJson } = require('../helpers/command')
const { dial, password } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { next } = require('../helpers/events')

const { keyFile, certFile } = certificates.readmeCa()
const PAIR = ['--key', keyFile, '--cert', certFile]
const ENV = { TLSJSON_PASSWORD: password }

/**
 * @param {import('node:test').TestContext} t
 * @param {string[]} more
 */
async function listening(t, more = []) {
  const running = new Running(t, ['listen', '0', ...PAIR, ...more], { env: ENV })
  const [, port] = await running.prints(/127\.0\.0\.1:(\d+)/)
  return { running, port: Number(port) }
}

test('listen prints what clients do, and ends in order at Ctrl-C', async t => {
  const { running, port } = await listening(t)
  const client = dial(t, port)
  await next(client, 'authenticated')
  client.send({ hello: 'world' })
  client.request({ a: 1 }).catch(() => {})
  await running.prints(/^0 request \{"a":1\}$/m)
  assert.match(running.stdout, /^0 logged in 127\.0\.0\.1:\d+$/m)
  assert.match(running.stdout, /^0 message \{"hello":"world"\}$/m)
  client.disconnect()
  await running.prints(/^0 closed$/m)
  const distrusting = dial(t, port, { options: { ca: certificates.other().cert } })
  await next(distrusting, 'error')
  await running.prints(/handshake of 127\.0\.0\.1 failed/)
  const leaving = dial(t, port)
  await next(leaving, 'authenticated')
  running.child.kill('SIGINT')
  await next(leaving, 'close')
  const { code, stderr } = await running.end()
  assert.deepEqual([code, stderr], [130, 'ended; 1 client was connected\n'])
})

test('listen --echo --json sends back what comes, and prints objects', async t => {
  const { running, port } = await listening(t, ['--echo', '--json'])
  const client = dial(t, port)
  await next(client, 'authenticated')
  client.send([1, 2])
  assert.deepEqual(await next(client, 'message'), [[1, 2]])
  assert.equal((await client.request({ a: 1 })).a, 1)
  client.disconnect()
  await running.prints(/"close"/)
  const events = running.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line).event)
  assert.deepEqual(events, ['listening', 'authenticated', 'message', 'request', 'close'])
})

test('listen --on-request calls the function of a module, of either kind', async t => {
  const folder = temporaryFolder(t)
  for (const [name, text] of /** @type {[string, string][]} */ ([
    [
      'answer.cjs',
      'module.exports = ({ n }, { id }) => { if (!n) throw new Error("no n"); return { twice: 2 * n, id } }',
    ],
    [
      'answer.mjs',
      'export default async ({ n }, { id }) => { if (!n) throw new Error("no n"); return { twice: 2 * n, id } }',
    ],
  ])) {
    const file = path.join(folder, name)
    fs.writeFileSync(file, text)
    const { running, port } = await listening(t, ['--on-request', file])
    const client = dial(t, port, { extensions: true })
    await next(client, 'authenticated')
    assert.deepEqual(await client.request({ n: 21 }), { twice: 42, id: 0 })
    await assert.rejects(client.request({}), { code: 'TLSJSON_REMOTE_ERROR', message: 'no n' })
    await running.prints(/--on-request failed: Error: no n/)
  }
  for (const [text, pattern] of /** @type {[string, RegExp][]} */ ([
    ['module.exports = 1', /exports no function/],
    ['oops(', /--on-request: \S+broken\.cjs: /],
  ])) {
    const file = path.join(folder, 'broken.cjs')
    fs.writeFileSync(file, text)
    const { code, stderr } = await tlsJson(t, ['listen', '0', ...PAIR, '--on-request', file])
    assert.equal(code, 2)
    assert.match(stderr, pattern)
  }
})

test('listen --client-ca demands certificates of clients', async t => {
  const { cert, key, certFile: ca } = certificates.client()
  const { running, port } = await listening(t, ['--client-ca', ca])
  const without = dial(t, port)
  without.on('error', () => {})
  await next(without, 'close')
  await running.prints(/handshake of 127\.0\.0\.1 failed/)
  const client = dial(t, port, { options: { cert, key } })
  await next(client, 'authenticated')
})

test('listen says what is missing or taken', async t => {
  const missing = await tlsJson(t, ['listen', '0'])
  assert.equal(missing.code, 2)
  assert.match(missing.stderr, /--cert and --key are needed; `tls-json cert make` makes them/)
  const { port } = await listening(t)
  const taken = await tlsJson(t, ['listen', String(port), ...PAIR], { env: ENV })
  assert.equal(taken.code, 3)
  assert.match(taken.stderr, /EADDRINUSE/)
  const unwarned = new Running(t, ['listen', String(await freePort()), ...PAIR])
  await unwarned.prints(/listening/)
  await unwarned.prints(/TLSJSON_NO_PASSWORD/, 'stderr')
})
