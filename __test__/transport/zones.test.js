'use strict'

// Addresses that hold only on one network, with its interface: `fe80::1%eth0`.

const assert = require('node:assert/strict')
const { execFile, spawnSync } = require('node:child_process')
const net = require('node:net')
const os = require('node:os')
const { test } = require('node:test')
const { promisify } = require('node:util')

const { cleanup, closeServer } = require('../helpers/cleanup')
const { dial, serverConfig } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { bounded, Log, next } = require('../helpers/events')
const { prelude } = require('../helpers/program')
const { Server } = require('../helpers/subject')

const interfaces = Object.entries(os.networkInterfaces())
/** The interface of this machine alone. */
const loopback = interfaces.find(([, all]) => all?.some(({ address }) => address === '::1'))?.[0]
const skip = (loopback === undefined || process.platform === 'win32') && 'there is no ::1 here'

/** Whether Node chooses a zone where there is none: from libuv 1.47 on. */
const choosesZones = Number(process.versions.uv.split('.')[1]) >= 47

/** @param {any} error */
const shape = ({ code, errno, syscall, address, port, message }) => {
  return { code, errno, syscall, address, port, message }
}

/**
 * @param {any} end
 * @param {string} event
 * @returns {Promise<any>} an error, or that all went well
 */
async function outcome(end, event) {
  const log = new Log(end, [event, 'error'])
  await log.until(() => log.entries.length > 0, `${event} or an error`)
  return log.names[0] === event ? event : shape(log.of('error')[0][0])
}

for (const host of [`::1%${loopback}`, `fe80::5%${loopback}`, 'fe80::5%nothing', 'fe80::5']) {
  test(
    `listening on ${host}, and connecting to it, come to what they come to in Node`,
    { skip },
    async t => {
      const port = await freePort()
      const node = net.createServer()
      const expected = await outcome(node.listen(port, host), 'listening')
      const place = node.address()
      if (expected === 'listening') await bounded(new Promise(done => node.close(done)), 'closed')
      const server = /** @type {any} */ (new Server(serverConfig()))
      closeServer(t, server)
      const { tlsServer } = server
      assert.deepEqual(await outcome(tlsServer.listen(port, host), 'listening'), expected)
      assert.deepEqual(tlsServer.address(), place)
      if (expected === 'listening') {
        const client = dial(t, port, { host, options: { servername: 'localhost' } })
        await next(client, 'authenticated')
        return
      }
      // Newer versions of Node would connect by the first interface they find, which is none of ours.
      if (choosesZones) return
      const plain = net.connect(port, host)
      cleanup(t, () => void plain.destroy())
      const client = dial(t, port, { host })
      client.on('error', () => {})
      const [ours, theirs] = await Promise.all([
        outcome(client.socket, 'connect'),
        outcome(plain, 'connect'),
      ])
      // Node also says from where.
      const { code, syscall } = theirs
      assert.deepEqual([ours.code, ours.syscall, ours.port], [code, syscall, port])
    },
  )
}

test('on a network: listen, connect, and remoteAddress with the interface', async t => {
  const namespace = `tlsjson-${process.pid}-z`
  cleanup(t, () => void spawnSync('ip', ['netns', 'del', namespace]))
  for (const args of [
    ['netns', 'add', namespace],
    ['-n', namespace, 'link', 'set', 'lo', 'up'],
    ['-n', namespace, 'addr', 'add', 'fe80::5/64', 'dev', 'lo', 'nodad'],
  ]) {
    const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' })
    if (status !== 0) return t.skip(`no network namespace with IPv6 here: ${error ?? stderr}`)
  }
  const source = `${prelude()}
    const server = new Server(serverConfig())
    server.listen({ port: 0, host: 'fe80::5%lo' }, () => {
      const { address, port } = server.tlsServer.address()
      const options = { servername: 'localhost', localAddress: 'fe80::5%lo' }
      const client = new Client(clientConfig(port, { host: 'fe80::5%lo', options }))
      server.on('authenticated', (id, socket) => {
        const { remoteAddress, remoteFamily, localAddress } = client.socket
        console.log(JSON.stringify([address, socket.remoteAddress, socket.localAddress, remoteAddress, localAddress]))
        client.disconnect()
        server.close()
        connectWithoutZone()
      })
    })
    function connectWithoutZone() {
      const plain = net.createServer().listen(0, 'fe80::5%lo', async () => {
        const { port } = plain.address()
        for (const host of ['fe80::5', 'fe80::5%nothing']) {
          const expected = await outcome(net.connect(port, host))
          const client = new Client(clientConfig(port, { host }))
          client.on('error', () => {})
          const ours = await outcome(client.socket)
          client.disconnect()
          console.log(JSON.stringify([expected, ours]))
        }
        plain.close()
      })
    }
    const net = require('node:net')
    const outcome = socket => new Promise(done => {
      socket.on('error', ({ code, syscall }) => done(code + ' ' + syscall))
      socket.on('connect', () => {
        done('connect')
        socket.destroy()
      })
    })`
  const args = ['netns', 'exec', namespace, process.execPath, '-e', source]
  const { stdout } = await bounded(promisify(execFile)('ip', args), 'the end of a program')
  const [places, ...withoutZone] = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(
    places,
    Array.from({ length: 5 }, () => 'fe80::5%lo'),
  )
  // By the only interface that there is, or not at all, as in Node.
  assert.equal(withoutZone.length, 2)
  for (const [expected, ours] of withoutZone) assert.equal(ours, expected)
})
