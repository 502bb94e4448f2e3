'use strict'

// The command `load`: what it sends, measures and reports. How fast this machine is, no test here asks.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { bottleneck } = require('../../bin/load/bottleneck')
const certificates = require('../helpers/certificates')
const { temporaryFolder } = require('../helpers/cleanup')
const { Running, noTerminal, tlsJson } = require('../helpers/command')
const { password, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { Log, bounded } = require('../helpers/events')

const CA = ['--ca', certificates.readmeCa().certFile]
const ENV = { TLSJSON_PASSWORD: password }
/** Long enough to measure; without a rate to keep it takes all of both processors for so long. */
const SHORT = ['-d', '300ms', '--warmup', '50ms']

/**
 * A server that counts what it is asked.
 *
 * @param {import('node:test').TestContext} t
 * @param {(request: any, res: any, id: number, server: any) => void} [answer]
 */
async function counting(t, answer = (_request, res) => res.send({ fine: true })) {
  const { server, port } = await serve(t)
  const log = new Log(server, ['authenticated', 'close'])
  /** @type {{ clients: Set<number>, requests: any[], messages: any[] }} */
  const seen = { clients: new Set(), requests: [], messages: [] }
  server.on('error', () => {})
  server.on(
    'request',
    (/** @type {number} */ id, /** @type {any} */ request, /** @type {any} */ res) => {
      seen.clients.add(id)
      seen.requests.push(request)
      answer(request, res, id, server)
    },
  )
  server.on('message', (/** @type {number} */ id, /** @type {any} */ message) => {
    seen.messages.push(message)
    server.send(id, message)
  })
  return { server, log, seen, at: [`localhost:${port}`, ...CA] }
}

/**
 * @param {import('node:test').TestContext} t
 * @param {string[]} args
 */
async function loadJson(t, args) {
  const { code, stdout, stderr } = await tlsJson(t, ['load', ...args, '--json', '-q'], { env: ENV })
  return { code, stderr, result: JSON.parse(stdout) }
}

test('a closed loop: connections, requests of the size, percentiles in their order', async t => {
  const { seen, log, at } = await counting(t)
  const { code, result } = await loadJson(t, [...at, ...SHORT, '-c', '5', '--size', '400'])
  assert.equal(code, 0)
  assert.equal(seen.clients.size, 5)
  await log.reach('close', 5)
  const { pad, ...first } = seen.requests[0]
  assert.ok(first.load >= 1)
  const length = JSON.stringify({ load: 100_000, pad }).length
  assert.equal(length, 400)
  assert.ok(result.count > 0 && result.count < seen.requests.length, 'the warm-up does not count')
  assert.equal(result.errors, 0)
  const { min, p50, p90, p99, max } = result.latencyMs
  assert.ok(min > 0 && min <= p50 && p50 <= p90 && p90 <= p99 && p99 <= max, JSON.stringify(result))
  assert.equal(result.latenessMs, null)
  assert.ok(result.busy > 0 && result.busy <= 1)
  assert.ok(Math.abs(result.reached - result.count / result.seconds) < 1)
  assert.ok(result.intervals.length >= 1)
})

test('--in-flight: so many wait on each connection', async t => {
  let waiting = 0
  let most = 0
  /** @type {Map<number, any[]>} */
  const held = new Map()
  const { at } = await counting(t, (_request, res, id) => {
    waiting += 1
    most = Math.max(most, waiting)
    const list = held.get(id) ?? []
    held.set(id, [...list, res])
    // They are answered together: so they have been under way together.
    if (list.length + 1 < 4) return
    waiting -= 4
    for (const each of held.get(id) ?? []) each.send({})
    held.delete(id)
  })
  const { code } = await loadJson(t, [...at, ...SHORT, '-c', '2', '--in-flight', '4'])
  assert.equal(code, 0)
  assert.ok(most >= 4 && most <= 8, `${most}`)
})

test('a constant rate is kept, and latency counts from when each was due', async t => {
  /** @type {any[]} */
  const held = []
  // One of a hundred waits for the next hundred: those behind it are sent all the same.
  const { seen, at } = await counting(t, (request, res) => {
    if (request.load % 100 === 50) held.push(res)
    else res.send({})
    if (request.load % 100 === 0) for (const each of held.splice(0)) each.send({})
  })
  const { result } = await loadJson(t, [...at, ...'-d 1s --warmup 100ms -c 3 -R 400/s'.split(' ')])
  assert.equal(seen.clients.size, 3)
  // It began so many, however late the machine was.
  const began = seen.requests.length
  assert.ok(began > 300 && began < 1000, `${began}`)
  assert.ok(result.latencyMs['p99.9'] >= 100, 'a wait for 50 others at 400 a second')
  assert.ok(result.latenessMs.p50 >= 0)
  assert.equal(result.rate, 400)
})

test('messages: as many as are taken, or measured by their echo', async t => {
  const { seen, at } = await counting(t)
  const away = await loadJson(t, [...at, ...SHORT, '-c', '2', '--mode', 'message', '-R', '200/s'])
  assert.equal(away.code, 0, away.stderr)
  assert.equal(away.result.latencyMs, null)
  assert.ok(away.result.count > 0)
  assert.equal(seen.requests.length, 0)
  const poured = await loadJson(t, [
    ...at,
    ...SHORT,
    '-c',
    '1',
    '--mode',
    'message',
    '--size',
    '4k',
  ])
  assert.ok(poured.result.count > 100)
  const back = await loadJson(t, [...at, ...SHORT, '-c', '2', '--mode', 'message', '--echo'])
  assert.equal(back.code, 0, back.stderr)
  assert.ok(back.result.latencyMs.p50 > 0)
})

test('a message that does not come back is an error', async t => {
  const { server, at } = await counting(t)
  server.removeAllListeners('message')
  const more = ['-c', '1', '--mode', 'message', '--echo', '--timeout', '300ms']
  const { code, result } = await loadJson(t, [
    ...at,
    ...SHORT,
    '--warmup',
    '0',
    ...more,
    '-R',
    '10/s',
  ])
  assert.equal(code, 1)
  assert.ok(result.codes.NO_ECHO > 0, JSON.stringify(result))
})

test('--data is what is sent', async t => {
  const { seen, at } = await counting(t)
  const { code } = await loadJson(t, [...at, ...SHORT, '--data', '{"do":"this"}'])
  assert.equal(code, 0)
  assert.ok(seen.requests.every(request => request.do === 'this' && request.load === undefined))
})

test('--expect and --max-errors decide the exit code, and are printed', async t => {
  const { at } = await counting(t, ({ load }, res) =>
    load % 2 ? res.send({}) : res.send({ half: 'of them' }),
  )
  const met = await tlsJson(
    t,
    [
      'load',
      ...at,
      ...SHORT,
      '-q',
      '--expect',
      'rate>1/s',
      '--expect',
      'p99<1m',
      '--expect',
      'errors<1%',
    ],
    { env: ENV },
  )
  assert.equal(met.code, 0, met.stdout)
  assert.match(met.stdout, /^expected {5}p99<1m: yes$/m)
  const missed = await tlsJson(t, ['load', ...at, ...SHORT, '-q', '--expect', 'p50<=0.0001ms'], {
    env: ENV,
  })
  assert.equal(missed.code, 1)
  assert.match(missed.stdout, /^expected {5}p50<=0\.0001ms: no, it was [\d.]+$/m)
  const { at: silent } = await counting(t, () => {})
  // The time is also that of the login.
  const none = ['load', ...silent, ...SHORT, '-q', '-c', '1', '-R', '20/s', '--timeout', '3s']
  const failed = await tlsJson(t, none, { env: ENV })
  assert.equal(failed.code, 1)
  assert.match(failed.stdout, /^errors +\d+ TLSJSON_REQUEST_TIMEOUT$/m)
  assert.match(failed.stdout, /^requests +0 in/m)
})

test('what cannot be is refused before it connects', async t => {
  const nobody = `localhost:${await freePort()}`
  for (const [more, pattern] of /** @type {[string[], RegExp][]} */ ([
    [['--expect', 'p99=3'], /p99=3 is nothing to expect/],
    [['--expect', 'p99<3'], /--expect: 3 is no time/],
    [['--expect', 'errors<x'], /x is no number of errors/],
    [['-R', '5000'], /--rate: 5000 is no rate; write 5000\/s/],
    [['--mode', 'dance'], /--mode: request or message/],
    [['--data', '[1]'], /a request is an object/],
    [['--echo'], /--echo is for --mode message/],
    [['--echo', '--mode', 'message', '--data', '{}'], /known by the number in it/],
    [['-c', '0'], /--connections: 0 is no whole number above 0/],
    [['--size', '5g'], /--size: 5g is more than a text can have/],
    [['--svg', '/nowhere/x.svg'], /--svg: cannot write \/nowhere\/x\.svg: ENOENT/],
  ])) {
    const { code, stderr } = await tlsJson(t, ['load', nobody, ...more], { env: ENV })
    assert.equal(code, 2, stderr)
    assert.match(stderr, pattern)
  }
  const refused = await tlsJson(t, ['load', nobody], { env: ENV })
  assert.equal(refused.code, 3)
  assert.match(refused.stderr, /`tls-json doctor localhost:\d+` looks for the cause/)
})

test('--svg writes a picture of rate and latency', async t => {
  const { at } = await counting(t)
  const file = path.join(temporaryFolder(t), 'load.svg')
  const args = [...at, ...'-d 2500ms --warmup 0 -R 100/s'.split(' ')]
  const { code } = await loadJson(t, [...args, '--svg', file])
  assert.equal(code, 0)
  const picture = fs.readFileSync(file, 'utf8')
  assert.match(picture, /^<svg xmlns/)
  assert.equal(picture.match(/<polyline/g)?.length, 4, 'rate, p50, p99, max')
  for (const [, points = ''] of picture.matchAll(/points="([^"]*)"/g)) {
    assert.ok(points.split(' ').length >= 2)
    assert.doesNotMatch(points, /NaN/)
  }
  const folder = await tlsJson(t, ['load', ...at, ...SHORT, '--svg', path.dirname(file)], {
    env: ENV,
  })
  assert.equal(folder.code, 2)
  assert.match(folder.stderr, /--svg: cannot write .*: EISDIR/)
})

test('Ctrl-C ends it, with what was measured so far', async t => {
  const { server, seen, log, at } = await counting(t)
  const running = new Running(t, ['load', ...at, '-c', '2', '-d', '1h', '--warmup', '0'], {
    env: ENV,
  })
  await bounded(
    new Promise(resolve =>
      server.on('request', () => seen.requests.length > 20 && resolve(undefined)),
    ),
    'twenty requests',
  )
  running.child.kill('SIGINT')
  const { code, stdout } = await running.end()
  assert.equal(code, 130)
  assert.match(stdout, /^requests +[\d,]+ in \d/m)
  await log.reach('close', 2)
})

test('where all connections are lost it ends at once, with 7', async t => {
  let count = 0
  const { at } = await counting(t, (_request, res, _id, server) => {
    count += 1
    if (count < 20) return res.send({})
    for (const socket of server.sockets.values()) socket.destroy()
  })
  const started = Date.now()
  const { code, stdout, stderr } = await tlsJson(
    t,
    ['load', ...at, '-c', '2', '-d', '1h', '--warmup', '0'],
    { env: ENV },
  )
  assert.equal(code, 7, stderr)
  assert.match(stdout, /^lost {9}2 of them$/m)
  assert.match(stdout, /TLSJSON_CONNECTION_LOST|TLSJSON_NOT_CONNECTED/)
  assert.ok(Date.now() - started < 60_000)
})

test('a generator that is the bottleneck says so', async t => {
  const { at } = await counting(t)
  const args = [
    'load',
    ...at,
    ...SHORT,
    '-c',
    '2',
    '--max-errors',
    '100k',
    '-R',
    '900k/s',
    '--timeout',
    '30s',
  ]
  const { stderr } = await tlsJson(t, args, { env: ENV })
  assert.match(
    stderr,
    /warning: this generator is the bottleneck: it began requests up to .* after they were due/,
  )
})

test('a generator that is held up says so, though it is not busy', async t => {
  const { at } = await counting(t)
  const hold = path.resolve(__dirname, '..', 'helpers', 'held-up.js')
  const env = { ...ENV, NODE_OPTIONS: `--require=${hold}` }
  const { stderr, stdout } = await tlsJson(t, ['load', ...at, ...SHORT, '-c', '2'], { env })
  assert.match(
    stderr,
    /warning: this generator is the bottleneck: its event loop was held up for [\d.]+ ms \(p99\)/,
  )
  assert.match(stdout, /^generator {4}busy for \d+ % of the time, held up for [\d.]+ ms \(p99\)$/m)
})

test('when a generator is the bottleneck', () => {
  const all = (/** @type {number} */ ms) => ({ mean: ms, min: ms, max: ms, percentile: () => ms })
  const results = { seconds: 1, count: 1000, rate: 1000, errors: 0, codes: {}, rows: [] }
  for (const [latency, lateness, generator, pattern] of /** @type {const} */ ([
    [10, undefined, { busy: 0.2, heldUpMs: 1 }, undefined],
    // It is most of the latency, or not.
    [10, undefined, { busy: 0.2, heldUpMs: 6 }, /held up for 6 ms/],
    [20, undefined, { busy: 0.2, heldUpMs: 6 }, undefined],
    // So late is every timer.
    [0.3, undefined, { busy: 0.2, heldUpMs: 1.2 }, undefined],
    [0.3, undefined, { busy: 0.2, heldUpMs: 3 }, /held up/],
    // Messages, of which nothing is known but their number.
    [undefined, undefined, { busy: 0.2, heldUpMs: 4 }, undefined],
    [undefined, undefined, { busy: 0.2, heldUpMs: 6 }, /held up/],
    [10, undefined, { busy: 0.96, heldUpMs: 0 }, /busy for 96 %/],
    // With a rate it has due times to be late for; waiting for them keeps it busy.
    [10, 0.1, { busy: 1, heldUpMs: 6, rate: 1000 }, undefined],
    [10, 6, { busy: 1, heldUpMs: 6, rate: 1000 }, /began requests up to 6 ms/],
    [1, 1.1, { busy: 1, heldUpMs: 0, rate: 1000 }, /began requests/],
  ])) {
    const measured = {
      latency: latency === undefined ? undefined : all(latency),
      lateness: lateness === undefined ? undefined : all(lateness),
    }
    const said = bottleneck({ ...results, ...measured }, generator)
    const what = JSON.stringify([latency, lateness, generator, said])
    if (pattern === undefined) assert.equal(said, undefined, what)
    else assert.match(String(said), pattern, what)
  }
})

test('at a terminal it has a bar', { skip: noTerminal }, async t => {
  const { at } = await counting(t)
  const args = ['load', ...at, '-d', '2s', '-R', '100/s', '--warmup', '0']
  const running = new Running(t, args, { env: ENV, terminal: true })
  await running.prints(/\[=+ +\] 1 of 2 s {2}[\d,]+\/s {2}p50 \S+ ms/)
  const { code, stdout } = await running.end()
  assert.equal(code, 0, stdout)
  assert.match(stdout, /requests +[\d,]+ in 2\.\d s/)
})
