'use strict'

// send, request and connect in pipes: what they print, and their exit codes.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { temporaryFolder } = require('../helpers/cleanup')
const { Running, tlsJson } = require('../helpers/command')
const { password, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { Log } = require('../helpers/events')
const { newPath } = require('../helpers/paths')

const CA = ['--ca', certificates.readmeCa().certFile]
const ENV = { TLSJSON_PASSWORD: password }

/**
 * A server that answers requests, and where it is.
 *
 * @param {import('node:test').TestContext} t
 * @param {any} [config]
 */
async function answering(t, config) {
  const { server, port } = await serve(t, config)
  const log = new Log(server, ['authenticated', 'message', 'request', 'close'])
  server.on('error', () => {})
  server.on(
    'request',
    (/** @type {number} */ id, /** @type {any} */ request, /** @type {any} */ res) => {
      if (request.fail) res.error(Object.assign(new Error('no such thing'), { code: 'NO_SUCH' }))
      else if (request.end) server.sockets.get(id).destroy()
      else if (!request.ignore) res.send({ echo: request })
    },
  )
  return { server, log, at: [`localhost:${port}`, ...CA] }
}

test('send sends each message and goes when they are written', async t => {
  const { log, at } = await answering(t)
  const { code, stdout, stderr } = await tlsJson(t, ['send', ...at, '{"a":1}', '"text"', '7'], {
    env: ENV,
  })
  assert.deepEqual([code, stdout, stderr], [0, '', 'sent 3 messages\n'])
  await log.reach('close')
  assert.deepEqual(
    log.of('message').map(([, message]) => message),
    [{ a: 1 }, 'text', 7],
  )
})

test('send takes lines of any number from a pipe, with --json', async t => {
  const { log, at } = await answering(t)
  const lines = Array.from({ length: 20_000 }, (_, n) =>
    JSON.stringify({ n, text: 'x'.repeat(100) }),
  )
  const input = lines.join('\n')
  const { code, stdout } = await tlsJson(t, ['send', ...at, '--json'], { env: ENV, input })
  assert.deepEqual([code, JSON.parse(stdout)], [0, { sent: 20_000 }])
  await log.reach('close')
  assert.equal(log.of('message').length, 20_000)
  assert.equal(log.of('message').at(-1)?.[1].n, 19_999)
})

test('what is no JSON is named, and nothing is sent of a command line that has some', async t => {
  const { log, at } = await answering(t)
  const onLine = await tlsJson(t, ['send', ...at, '{"a":1}', '{oops'], { env: ENV })
  assert.equal(onLine.code, 2)
  assert.match(onLine.stderr, /^tls-json send: JSON 2 is no JSON: /)
  const piped = await tlsJson(t, ['send', ...at], { env: ENV, input: '1\n\noops\n2\n' })
  assert.equal(piped.code, 2)
  assert.match(piped.stderr, /line 3 is no JSON/)
  await log.reach('close')
  assert.equal(log.of('authenticated').length, 1, 'the command line was read before it connected')
  assert.deepEqual(
    log.of('message').map(([, message]) => message),
    [1],
  )
})

test('request prints the answers, in order', async t => {
  const { at } = await answering(t)
  const one = await tlsJson(t, ['request', ...at, '{"some":"thing"}'], { env: ENV })
  assert.deepEqual([one.code, one.stderr], [0, ''])
  assert.deepEqual(JSON.parse(one.stdout).echo.some, 'thing')
  const two = await tlsJson(t, ['request', ...at, '--json'], {
    env: ENV,
    input: '{"n":1}\n{"n":2}\n',
  })
  const answers = two.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(
    answers.map(({ request, answer }) => [request.n, answer.echo.n]),
    [
      [1, 1],
      [2, 2],
    ],
  )
  assert.ok(answers.every(({ ms }) => ms > 0))
})

test('each end of a request has its exit code', async t => {
  const { at } = await answering(t)
  for (const [request, expected, pattern] of /** @type {[string, number, RegExp][]} */ ([
    ['{"fail":true}', 1, /no such thing \(TLSJSON_REMOTE_ERROR\)/],
    ['{"ignore":true}', 6, /TLSJSON_REQUEST_TIMEOUT/],
    ['{"end":true}', 7, /lost|ended the connection/],
    ['[1]', 2, /a request is an object; \[1\] is none/],
  ])) {
    const args = ['request', ...at, '--timeout', '2s', request]
    const { code, stderr } = await tlsJson(t, args, { env: ENV })
    assert.equal(code, expected, stderr)
    assert.match(stderr, pattern)
  }
})

test('each end of a login has its exit code, and the way to doctor', async t => {
  const { at } = await answering(t)
  const nobody = `localhost:${await freePort()}`
  for (const [args, env, expected, pattern] of /** @type {[string[], any, number, RegExp][]} */ ([
    [[nobody, ...CA], ENV, 3, /ECONNREFUSED/],
    [[String(at[0])], ENV, 4, /DEPTH_ZERO_SELF_SIGNED_CERT/],
    [at, { TLSJSON_PASSWORD: 'wrong' }, 5, /TLSJSON_PASSWORD_REFUSED/],
    [at, {}, 5, /TLSJSON_PASSWORD_REFUSED/],
  ])) {
    const { code, stderr } = await tlsJson(t, ['request', ...args, '{}'], { env })
    assert.equal(code, expected, stderr)
    assert.match(stderr, pattern)
    assert.match(stderr, /`tls-json doctor localhost:\d+` looks for the cause\./)
  }
})

test('a server that never answers the login is left in time', async t => {
  const silent = require('node:net').createServer(socket => socket.resume())
  await new Promise(resolve => silent.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (silent.address())
  const args = ['send', `127.0.0.1:${port}`, '--timeout', '500ms', '1']
  const { code, stderr } = await tlsJson(t, args, { env: ENV })
  silent.close()
  assert.equal(code, 6, stderr)
  assert.match(stderr, /TLSJSON_CONNECT_TIMEOUT/)
})

test('the password comes from the environment, a file, standard input, or with a warning from the command line', async t => {
  const { at } = await answering(t)
  const file = path.join(temporaryFolder(t), 'password')
  fs.writeFileSync(file, `${password}\nthe rest\n`)
  for (const [more, options] of /** @type {[string[], any][]} */ ([
    [[], { env: ENV }],
    [['--password-file', file], {}],
    [['--password-file', '-'], { input: `${password}\r\n` }],
  ])) {
    const { code, stderr } = await tlsJson(t, ['request', ...at, ...more, '{}'], options)
    assert.deepEqual([code, stderr], [0, ''], more.join(' '))
  }
  const seen = await tlsJson(t, ['request', ...at, '--password', password, '{}', '-q'])
  assert.equal(seen.code, 0)
  assert.match(seen.stderr, /^warning: a password on the command line can be seen by others/)
  const both = await tlsJson(t, [
    'request',
    ...at,
    '--password',
    'a',
    '--password-file',
    file,
    '{}',
  ])
  assert.equal(both.code, 2)
  const none = await tlsJson(t, ['request', ...at, '--password-file', '/nowhere', '{}'])
  assert.equal(none.code, 2)
  assert.match(none.stderr, /--password-file: cannot read \/nowhere: ENOENT/)
})

test('credentials may be JSON', async t => {
  /** @type {unknown[]} */
  const credentials = []
  const authenticate = (/** @type {unknown} */ credential) => credentials.push(credential)
  const { at } = await answering(t, { password: undefined, authenticate })
  const env = { TLSJSON_PASSWORD: '{"user":"ada"}' }
  assert.equal((await tlsJson(t, ['request', ...at, '--password-json', '{}'], { env })).code, 0)
  assert.deepEqual(credentials, [{ user: 'ada' }])
})

test('targets: a path, an address, and what is none', async t => {
  const where = newPath(t)
  const { server } = await serve(t, {}, /** @type {any} */ (where))
  server.on(
    'request',
    (/** @type {any} */ _id, /** @type {any} */ _request, /** @type {any} */ res) =>
      res.send({ ok: 1 }),
  )
  const { code, stdout, stderr } = await tlsJson(t, ['request', `unix:${where}`, ...CA, '{}'], {
    env: ENV,
  })
  assert.deepEqual([code, stdout], [0, '{"ok":1}\n'], stderr)
  for (const [target, pattern] of /** @type {[string, RegExp][]} */ ([
    ['localhost', /localhost has no port; write host:port/],
    ['::1', /::1 has no port; write \[::1\]:port/],
    ['localhost:70000', /70000 is no port/],
    ['[x]:1', /\[x\] is no IPv6 address/],
    ['unix:', /unix: wants a path/],
  ])) {
    const found = await tlsJson(t, ['request', target, '{}'])
    assert.equal(found.code, 2)
    assert.match(found.stderr, pattern)
  }
})

test('connect sends the lines of a pipe and waits for the answers', async t => {
  const { server, log, at } = await answering(t)
  server.on('message', (/** @type {number} */ id, /** @type {any} */ message) =>
    server.send(id, { got: message }),
  )
  const input = '{"n":1}\n/request {"n":2}\n'
  const { code, stdout, stderr } = await tlsJson(t, ['connect', ...at], { env: ENV, input })
  assert.deepEqual([code, stderr], [0, ''])
  const lines = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(lines[0], { got: { n: 1 } })
  assert.equal(lines[1].echo.n, 2)
  await log.reach('close')

  const json = await tlsJson(t, ['connect', ...at, '--json'], { env: ENV, input })
  assert.deepEqual(
    json.stdout
      .trim()
      .split('\n')
      .map(line => Object.keys(JSON.parse(line))),
    [['message'], ['answer', 'to']],
  )
})

test('connect answers what the server asks, with --answer or as it is told', async t => {
  const { server, at } = await answering(t)
  /** @type {any[]} */
  const answers = []
  server.on('authenticated', async (/** @type {number} */ id) => {
    answers.push(
      await server.request(id, { who: 'are you?' }).catch((/** @type {any} */ error) => error.code),
    )
  })
  const fixed = new Running(t, ['connect', ...at, '--answer', '{"name":"fixed"}'], { env: ENV })
  await fixed.prints(/"are you\?"/)
  fixed.child.stdin.end()
  assert.equal((await fixed.end()).code, 0, fixed.stderr)
  assert.equal(JSON.parse(fixed.stdout).who, 'are you?')

  const running = new Running(t, ['connect', ...at], { env: ENV })
  await running.prints(/are you\?/)
  running.child.stdin.end('/answer {"name":"typed"}\n')
  assert.equal((await running.end()).code, 0)

  const failing = new Running(t, ['connect', ...at], { env: ENV })
  await failing.prints(/are you\?/)
  failing.child.stdin.end('/error not today\n')
  assert.equal((await failing.end()).code, 0)
  assert.deepEqual(
    answers.map(answer => answer.name ?? answer),
    ['fixed', 'typed', 'TLSJSON_REMOTE_ERROR'],
  )
})

test('connect in a pipe waits for what comes from when it was let in', async t => {
  const slow = () => new Promise(resolve => setTimeout(resolve, 3500, { name: 'slow' }))
  const { server, at } = await answering(t, { authenticate: slow })
  server.on('authenticated', (/** @type {number} */ id) => {
    setTimeout(() => server.send(id, { late: true }), 200)
  })
  const { code, stdout, stderr } = await tlsJson(t, ['connect', ...at, '--wait', '3s'], {
    env: ENV,
  })
  assert.deepEqual([code, stdout], [0, '{"late":true}\n'], stderr)
})

test('connect in a pipe ends with 2 at a line of no use, 1 where a request failed, 7 where it is disconnected', async t => {
  const { server, at } = await answering(t)
  for (const [input, expected, pattern] of /** @type {[string, number, RegExp][]} */ ([
    ['oops\n', 2, /line 1 is no JSON/],
    ['/dance\n', 2, /there is no \/dance/],
    ['/answer {}\n', 2, /the server has asked nothing/],
    ['/request [1]\n', 2, /a request is an object/],
    ['/request {"fail":1}\n1\n', 1, /no such thing/],
  ])) {
    const { code, stderr } = await tlsJson(t, ['connect', ...at], { env: ENV, input })
    assert.equal(code, expected, stderr)
    assert.match(stderr, pattern)
  }
  const running = new Running(t, ['connect', ...at], { env: ENV })
  running.type('/request {"a":1}\n')
  await running.prints(/echo/)
  for (const socket of server.sockets.values()) socket.destroy()
  const { code, stderr } = await running.end()
  assert.equal(code, 7)
  assert.match(stderr, /the server ended the connection/)
})

test('SIGINT ends in order, with 130', async t => {
  const { log, at } = await answering(t)
  const running = new Running(t, ['connect', ...at], { env: ENV })
  running.type('/request {"a":1}\n')
  await running.prints(/echo/)
  running.child.kill('SIGINT')
  const { code, stderr } = await running.end()
  assert.deepEqual([code, stderr], [130, ''])
  await log.reach('close')
})
