'use strict'

// The command `watch`: its table, its lines, its page.

const assert = require('node:assert/strict')
const http = require('node:http')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { browser, noBrowser, openPage } = require('../helpers/browser')
const { Running, noTerminal, tlsJson } = require('../helpers/command')
const { enter, password, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { Log } = require('../helpers/events')

const CA = ['--ca', certificates.readmeCa().certFile]
const ENV = { TLSJSON_PASSWORD: password }

/**
 * A server that allows it, as docs/guide/command-line.md says.
 *
 * @param {import('node:test').TestContext} t
 */
async function watched(t) {
  const { server, port } = await serve(t)
  const log = new Log(server, ['close'])
  server.on('error', () => {})
  server.on(
    'request',
    (/** @type {number} */ _id, /** @type {any} */ request, /** @type {any} */ res) => {
      if (request.stats === true) res.send(server.stats())
      else if (request.ask === 'else') res.send({ ...server.stats(), more: 1 })
      else if (request.no) res.error(new Error('not for you'))
      else if (request.wrong) res.send({ fine: true })
    },
  )
  return { server, log, at: [`localhost:${port}`, ...CA] }
}

/**
 * @param {string} url
 * @param {{ method?: string, headers?: any }} [options]
 * @returns {Promise<{ status: number | undefined, headers: http.IncomingHttpHeaders }>}
 */
function statusOf(url, options = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, options, response => {
      resolve({ status: response.statusCode, headers: response.headers })
      response.destroy()
    })
    request.on('error', reject).end()
  })
}

test('in a pipe: a line for each sample, or an object', async t => {
  const { server, log, at } = await watched(t)
  await enter(t, server)
  const args = ['watch', ...at, '--count', '2', '--every', '100ms']
  const lines = await tlsJson(t, args, { env: ENV })
  assert.equal(lines.code, 0, lines.stderr)
  assert.match(
    lines.stdout,
    /^\d\d:\d\d:\d\d {2}clients 2 {2}received -\/s .*\n.* received \d+\/s .*round trip [\d.]+ ms\n$/,
  )
  const { code, stdout } = await tlsJson(t, [...args, '--json'], { env: ENV })
  assert.equal(code, 0)
  const [first, second] = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.equal(first.stats.connections.loggedIn, 2)
  assert.equal(first.rates, null)
  // The answer to itself, and nothing else.
  assert.equal(second.stats.messages.sent - first.stats.messages.sent, 1)
  assert.ok(second.rates.sent > 0)
  assert.ok(second.roundTrip > 0)
  await log.reach('close', 2)
})

test('--request asks something else', async t => {
  const { at } = await watched(t)
  const args = ['watch', ...at, '--count', '1', '--request', '{"ask":"else"}', '--json']
  const { code, stdout } = await tlsJson(t, args, { env: ENV })
  assert.equal(code, 0)
  assert.equal(JSON.parse(stdout).stats.more, 1)
})

test('a server that does not allow it, or answers something else', async t => {
  const { at } = await watched(t)
  for (const [request, expected, pattern] of /** @type {[string, number, RegExp][]} */ ([
    ['{"never":1}', 6, /\{"never":1\} was not answered\. The program of the server must allow it/],
    ['{"no":1}', 5, /\{"no":1\} was not answered/],
    ['{"wrong":1}', 1, /The answer is no stats\(\): \{"fine":true\}/],
    ['[]', 2, /a request is an object/],
  ])) {
    const args = ['watch', ...at, '--timeout', '1s', '--request', request]
    const { code, stderr } = await tlsJson(t, args, { env: ENV })
    assert.equal(code, expected, stderr)
    assert.match(stderr, pattern)
  }
})

test('listen --stats allows it', async t => {
  const { keyFile, certFile } = certificates.readmeCa()
  const args = ['listen', '0', '--key', keyFile, '--cert', certFile, '--stats']
  const listening = new Running(t, args, { env: ENV })
  const [, port] = await listening.prints(/127\.0\.0\.1:(\d+)/)
  const { code, stdout } = await tlsJson(t, ['watch', `localhost:${port}`, ...CA, '--count', '1'], {
    env: ENV,
  })
  assert.equal(code, 0)
  assert.match(stdout, /clients 1 /)
})

test('where the connection is lost it ends with 7', async t => {
  const { server, at } = await watched(t)
  const running = new Running(t, ['watch', ...at, '--every', '50ms'], { env: ENV })
  await running.prints(/clients 1/)
  for (const socket of server.sockets.values()) socket.destroy()
  assert.equal((await running.end()).code, 7)
})

test('at a terminal: a table that is written over, until Ctrl-C', { skip: noTerminal }, async t => {
  const { log, at } = await watched(t)
  const running = new Running(t, ['watch', ...at, '--every', '50ms'], { env: ENV, terminal: true })
  await running.prints(/clients {5}1 logged in, 1 connected, 1 in all/)
  // Up by its ten lines, and once more.
  const up = '\x1b[10A'.replace('[', '\\[')
  await running.prints(new RegExp(`(${up}[^]*){2}received {4}\\d+ messages \\(\\d+/s\\)`))
  running.type('\x03')
  const { code } = await running.end()
  assert.equal(code, 130)
  await log.reach('close')
})

test('--http: on this machine only, for who has the token, and nothing but GET', async t => {
  const { at } = await watched(t)
  const running = new Running(t, ['watch', ...at, '--http', '0', '--every', '100ms'], { env: ENV })
  const [, url = ''] = await running.prints(/^(http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{24})$/m)
  const { status, headers } = await statusOf(url)
  assert.equal(status, 200)
  assert.match(
    String(headers['content-security-policy']),
    /^default-src 'none'; script-src 'nonce-/,
  )
  assert.equal(headers['referrer-policy'], 'no-referrer')
  const { origin, search } = new URL(url)
  assert.equal(
    (await statusOf(`${origin}/samples${search}`)).headers['content-type'],
    'text/event-stream',
  )
  for (const [path, method, expected] of /** @type {[string, string, number][]} */ ([
    ['/', 'GET', 403],
    ['/samples', 'GET', 403],
    ['/?token=', 'GET', 403],
    [`/${search}x`, 'GET', 403],
    [`/${search}`, 'POST', 405],
    [`/passwd${search}`, 'GET', 404],
  ])) {
    assert.equal((await statusOf(`${origin}${path}`, { method })).status, expected, path)
  }
  running.child.kill('SIGINT')
  assert.equal((await running.end()).code, 130)
})

test('--http says when the port is taken', async t => {
  const { at } = await watched(t)
  const port = await freePort()
  const first = new Running(t, ['watch', ...at, '--http', String(port)], { env: ENV })
  await first.prints(/token=/)
  const { code, stderr } = await tlsJson(t, ['watch', ...at, '--http', String(port)], { env: ENV })
  assert.equal(code, 3)
  assert.match(stderr, /EADDRINUSE/)
})

/** Whether each of nine lines has so many points. It runs in the page. */
const LINES = (/** @type {number} */ count) => {
  const { document } = /** @type {any} */ (globalThis)
  const lines = [...document.querySelectorAll('polyline')]
  const points = lines.map(line => (line.getAttribute('points') ?? '').split(' ').length)
  return lines.length === 9 && Math.min(...points) >= count
}

/** How wide what is in the page is, and the screen. It runs there. */
const WIDTHS = () => {
  const { document, innerWidth } = /** @type {any} */ (globalThis)
  return [document.documentElement.scrollWidth, innerWidth]
}

test(
  'the page in a browser: live figures and plots, no errors, nothing from elsewhere, on a phone too',
  { skip: noBrowser },
  async t => {
    const { server, at } = await watched(t)
    const running = new Running(t, ['watch', ...at, '--http', '0', '--every', '100ms'], {
      env: ENV,
    })
    const [, url = ''] = await running.prints(/^(http:\S+)$/m)
    const chromium = await browser(t)
    const { page, complaints, requests } = await openPage(chromium)
    await page.goto(url)
    const figure = (/** @type {string} */ name) =>
      page.locator('tr', { has: page.getByText(name, { exact: true }) }).locator('td')
    // Three samples, in each of nine plots.
    await page.waitForFunction(LINES, 3)
    assert.equal(await figure('connections.loggedIn').innerText(), '1')
    await enter(t, server)
    await figure('connections.loggedIn').getByText('2', { exact: true }).waitFor()
    await page.getByText('Clients: logged in 2, connected 2', { exact: true }).waitFor()
    assert.match(await page.locator('#state').innerText(), /^as of /)
    assert.doesNotMatch(await page.locator('#plots').innerHTML(), /NaN|undefined/)

    const phone = await openPage(chromium, {
      viewport: { width: 390, height: 800 },
      isMobile: true,
    })
    await phone.page.goto(url)
    await phone.page.locator('tr >> nth=20').waitFor()
    const [wide, screen] = await phone.page.evaluate(WIDTHS)
    assert.ok(wide <= screen, `${wide} of ${screen}`)

    const { origin } = new URL(url)
    assert.ok(requests.length >= 2)
    assert.deepEqual(
      [...requests, ...phone.requests].filter(
        each => !each.startsWith(origin) && !each.startsWith('data:'),
      ),
      [],
    )
    assert.deepEqual([...complaints, ...phone.complaints], [])
    running.child.kill('SIGINT')
    await running.end()
    await page.locator('#state.lost').waitFor()
  },
)
