'use strict'

// Hot reload and Jest's `resetModules` load the package again, in the same process. What an earlier copy held that nobody
// uses any more is given back.

const fs = require('node:fs')
const path = require('node:path')
const test = require('node:test')
const assert = require('node:assert/strict')

const { isOriginal } = require('../helpers/subject')
const certificates = require('../helpers/certificates')
const { publishedPackage } = require('../helpers/copy')
const { serve } = require('../helpers/ends')
const { Log, limits } = require('../helpers/events')
const { run, start } = require('../helpers/program')
const { temporary } = require('../helpers/temporary')

const ROOT = path.resolve(__dirname, '..', '..')
const onLinux = process.platform !== 'linux' && 'descriptors are counted in /proc'

/**
 * In a process of its own: loads the package often, uses each copy, and counts.
 *
 * @param {import('../helpers/program').Context} context
 */
async function program({ given, serverConfig, clientConfig }) {
  const { once } = require('node:events')
  const { readdirSync } = require('node:fs')
  process.on('warning', warning => console.log(warning.name))

  const load = () => {
    for (const name of Object.keys(require.cache)) {
      if (name.startsWith(given.directory) && (given.addon || !name.endsWith('.node'))) {
        delete require.cache[name]
      }
    }
    return require(given.directory)
  }
  const open = async (/** @type {any} */ { Server, Client }) => {
    const server = new Server(serverConfig())
    await new Promise(resolve => server.listen(0, () => resolve(undefined)))
    const client = new Client(clientConfig(server.tlsServer.address().port))
    await Promise.all([once(server, 'authenticated'), once(client, 'authenticated')])
    return { server, client }
  }
  const shut = async (/** @type {any} */ { server, client }) => {
    client.disconnect()
    await once(client, 'close')
    await new Promise(resolve => server.close(resolve))
  }
  const count = () => [readdirSync('/proc/self/fd').length, process.listenerCount('exit')]

  const first = load()
  const stays = await open(first)
  await shut(await open(load()))
  await shut(await open(load()))
  const before = count()
  for (let round = 0; round < 15; round++) await shut(await open(load()))
  // A handle of the event loop is gone in the turn after the one that closes it, and a socket when its threads say so.
  const isMore = () => count().some((now, at) => now > before[at])
  for (let look = 0; look < 500 && isMore(); look++) {
    await new Promise(again => setTimeout(again, 10))
  }
  if (isMore()) console.log(`${before} became ${count()}`)

  // Copies that are used go on, the oldest and some younger ones, and one that was used up begins anew.
  const copies = [first, load(), load(), load()]
  const pairs = await Promise.all(copies.map(copy => open(copy)))
  for (const { server, client } of [stays, ...pairs]) {
    const heard = once(server, 'message')
    client.send({ a: 1 })
    await heard
  }
  for (const pair of pairs) await shut(pair)
  const again = await open(copies[1])
  await shut(again)

  // What is sent at the very end arrives, from every copy.
  const clients = copies.map(({ Client }) => new Client(clientConfig(given.port)))
  await Promise.all(clients.map(client => once(client, 'authenticated')))
  for (const client of clients) client.send('the last word')
  process.exit()
}

for (const addon of [false, true]) {
  const what = addon ? 'package and addon' : 'package'
  test(`a ${what} loaded again leave nothing behind`, { skip: onLinux }, async t => {
    const { server, port } = await serve(t)
    const heard = new Log(server, ['message'])
    const subject = publishedPackage(t)
    const given = { directory: subject, addon, port }
    const { code, stdout, stderr } = await run(t, program, { given, subject })
    assert.deepEqual([stdout, code], ['', 0], stderr)
    await heard.reach('message', 4)
  })
}

test('Jest loads it again for every file, and when it is told to', { skip: onLinux }, async t => {
  const folder = temporary(t)
  const given = path.join(folder, 'given.json')
  const { key, cert } = certificates.readmeCa()
  fs.writeFileSync(
    given,
    JSON.stringify({ directory: publishedPackage(t), key: String(key), cert: String(cert) }),
  )
  for (let file = 0; file < 4; file++) {
    const name = path.join(__dirname, '..', 'loaded-again', 'in-jest.js')
    fs.writeFileSync(path.join(folder, `file-${file}.test.js`), `require(${JSON.stringify(name)})`)
  }
  const config = {
    rootDir: folder,
    transform: {},
    cacheDirectory: path.join(folder, 'cache'),
    testTimeout: limits.deadline,
  }
  const jest = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js')
  const counts = path.join(folder, 'counts')
  const args = [jest, '--runInBand', '--watchman=false', '--config', JSON.stringify(config)]
  const env = { TLS_JSON_GIVEN: given, TLS_JSON_COUNTS: counts, NO_COLOR: '1', CI: '1' }
  const ended = await start(t, args, { env, within: 4 * limits.deadline, cwd: folder })
  assert.equal(ended.code, 0, ended.stderr)
  assert.doesNotMatch(ended.stderr, /MaxListeners/)
  // The original's timers of requests outlive their answers.
  if (!isOriginal) assert.doesNotMatch(ended.stderr, /did not exit/)
  const found = fs
    .readFileSync(counts, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.equal(found.length, 4)
  // The first file may have found the process without the engine's own threads.
  const [, second, ...others] = found
  for (const each of others) {
    // Sockets may be on their way out; each load held two.
    assert.ok(each.descriptors < second.descriptors + 10, JSON.stringify(found))
    assert.equal(each.listeners, second.listeners)
  }
})
