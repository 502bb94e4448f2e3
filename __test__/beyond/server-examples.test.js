'use strict'

// The programs of examples/ that show what a server has for those who ask: each run as a person would.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { cleanup } = require('../helpers/cleanup')
const { dial } = require('../helpers/ends')
const { Program } = require('../helpers/example')
const { next } = require('../helpers/events')
const { directory, isOriginal } = require('../helpers/subject')
const { prometheus } = require('../../examples/metrics/prometheus')

const EXAMPLES = path.resolve(__dirname, '../../examples')
const skip = isOriginal && 'the original has nothing of it'

/**
 * A test of one example: its programs in a folder with certificates.
 *
 * @param {string} folderName
 * @param {string} name
 * @param {(start: (file: string, ...args: string[]) => InstanceType<typeof Program>, folder: string, t: import('node:test').TestContext) => Promise<void>} body
 */
function example(folderName, name, body) {
  test(`${folderName}: ${name}`, { skip }, async t => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-example-'))
    cleanup(t, () => fs.rmSync(folder, { recursive: true, force: true }))
    const pairs = { localhost: certificates.readmeCa(), client: certificates.client() }
    for (const [file, { key, cert }] of Object.entries(pairs)) {
      fs.writeFileSync(path.join(folder, `${file}.key`), key)
      fs.writeFileSync(path.join(folder, `${file}.crt`), cert)
    }
    const programs = path.join(folder, 'examples', folderName)
    fs.cpSync(path.join(EXAMPLES, folderName), programs, { recursive: true })
    fs.writeFileSync(
      path.join(folder, 'index.js'),
      `module.exports = require(${JSON.stringify(directory)})\n`,
    )
    /** @type {any[]} */
    const all = []
    const start = (/** @type {string} */ file, /** @type {string[]} */ ...args) =>
      new Program(t, path.join(programs, file), args, folder, all)
    await body(start, folder, t)
  })
}

/** @param {InstanceType<typeof Program>} server */
async function ends(server) {
  server.child.kill('SIGTERM')
  await server.end()
}

example('credentials', 'each client is known by its token', async start => {
  const server = start('server.js', '0')
  const port = await server.port()
  for (const name of ['Ada', 'Bob']) {
    const client = start('client.js', port, `token of ${name}`)
    await client.end()
    assert.deepEqual(client.lines, [`the server knows us: ${name}`])
    await server.prints(new RegExp(`^${name} has gone`))
  }
  const guessing = start('client.js', port, 'a guess')
  await guessing.end()
  assert.deepEqual(guessing.lines, ['refused: incorrect password'])
  await server.prints(/^somebody was refused/)
  await ends(server)
})

example('rooms', 'what is said in a room is heard there', async start => {
  const server = start('server.js', '0')
  const port = await server.port()
  const members = []
  for (let at = 0; at < 3; at++) {
    const member = start('client.js', port)
    await member.prints(/^logged in/)
    members.push(member)
  }
  const [first, second, third] = /** @type {[any, any, any]} */ (members)
  for (const member of [first, second]) {
    member.type('join kitchen')
    await member.prints(/^join: reached 0/)
  }
  first.type('say kitchen tea is ready')
  await second.prints(/^0 in kitchen: tea is ready/)
  await first.prints(/^say: reached 1/)
  third.type('say kitchen am I heard')
  await third.prints(/^no: you are not in kitchen/)
  third.type('say everybody hello')
  await first.prints(/^2 in everybody: hello/)
  second.type('bye')
  await second.end()
  await server.prints(/^1 has gone from everybody, kitchen; everybody: 2, kitchen: 1/)
  await third.prints(/^1 has gone/)
  for (const member of [first, third]) {
    member.type('bye')
    await member.end()
  }
  await ends(server)
  assert.ok(!third.lines.some((/** @type {string} */ line) => line.includes('tea')))
})

example('shutdown', 'no job is lost', async start => {
  const server = start('server.js', '0')
  const clients = start('client.js', await server.port(), '20')
  await clients.prints(/^asked for/, 20)
  server.child.kill('SIGTERM')
  await clients.end()
  await server.end()
  assert.equal(clients.lines.at(-1), '20 answered, 0 lost')
  assert.equal(server.lines.at(-1), '20 jobs done; 20 clients went, 0 had to be disconnected')
})

example('deadlines', 'each request has its own', async start => {
  const server = start('server.js', '0')
  const client = start('client.js', await server.port())
  await client.end()
  assert.deepEqual(client.lines, [
    'short: answered after 0',
    'too short: TLSJSON_REQUEST_TIMEOUT: request timeout',
    'given up: Error: not needed any more',
    'together 1: 23: The operation was aborted due to timeout',
    'together 2: 23: The operation was aborted due to timeout',
    '0 wait',
  ])
  server.child.kill('SIGKILL')
})

example(
  'rotation',
  'new connections get the new certificate, and old ones stay',
  async (start, folder) => {
    const server = start('server.js', '0')
    const port = await server.port()
    fs.copyFileSync(path.join(folder, 'localhost.crt'), path.join(folder, 'old.crt'))
    const early = start('client.js', port, 'old.crt')
    const [before] = await early.prints(/^certificate \w+/)
    // Half a pair is no pair.
    const { key, cert } = certificates.san()
    fs.writeFileSync(path.join(folder, 'localhost.crt'), cert)
    server.child.kill('SIGHUP')
    await server.prints(/^the certificate stays as it was/)
    fs.writeFileSync(path.join(folder, 'localhost.key'), key)
    server.child.kill('SIGHUP')
    await server.prints(/^new connections get the new certificate/)
    const late = start('client.js', port, 'old.crt', 'localhost.crt')
    const [after] = await late.prints(/^certificate \w+/)
    assert.notEqual(after, before)
    early.type('hello')
    await early.prints(/^still client 0/)
    for (const client of [early, late]) {
      client.type('bye')
      await client.end()
    }
    await ends(server)
  },
)

example('mutual-tls', 'clients are known by their certificates', async start => {
  const server = start('server.js', '0')
  const port = await server.port()
  const known = start('client.js', port, 'client')
  await known.end()
  assert.deepEqual(known.lines, ['logged in'])
  await server.prints(/^CN=client is here/)
  for (const name of [[], ['localhost']]) {
    const other = start('client.js', port, ...name)
    await other.end()
    assert.deepEqual(other.lines, ['refused: incorrect password'])
  }
  await server.prints(/^somebody was refused/, 2)
  await ends(server)
})

example('processes', 'each serves some of the clients', async start => {
  const server = start('server.js', '0', '2')
  const clients = start('client.js', await server.port(), '4')
  await clients.prints(/^served by/, 4)
  assert.equal(new Set(clients.lines).size, 2)
  await ends(server)
  await clients.end()
  // In turn, but for a worker that is not free again.
  const went = server.lines
    .slice(1)
    .map(line => /^worker [12]: ([1-9]) clients went$/.exec(line)?.[1])
  assert.equal(went.length, 2)
  assert.equal(Number(went[0]) + Number(went[1]), 4)
})

example('metrics', 'Prometheus can read them', async (start, _folder, t) => {
  const server = start('server.js', '0', '0')
  const port = Number(await server.port())
  const [, metrics] = /** @type {any} */ (await server.prints(/^metrics on .*port: (\d+)/))
  const client = dial(t, port, { password: 'this string is a password, change it' })
  await next(client, 'authenticated')
  const response = await fetch(`http://127.0.0.1:${metrics}/metrics`)
  const text = await response.text()
  for (const line of [
    '# TYPE tls_json_server_connections_logged_in gauge',
    'tls_json_server_connections_logged_in 1',
    '# TYPE tls_json_server_logins_accepted_total counter',
    'tls_json_server_logins_accepted_total 1',
    'tls_json_server_rooms 1',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line}\n${text}`)
  }
  assert.equal((await fetch(`http://127.0.0.1:${metrics}/`)).status, 404)
  client.disconnect()
  await ends(server)
})

test('the text for Prometheus is as its format wants it', { skip }, () => {
  const stats = {
    cuts: { total: 3, reasons: { 'A"B\\C\n': 2, ETIMEDOUT: 1 } },
    queued: { inbound: 0 },
  }
  assert.equal(
    prometheus(stats, 'x', { server: 'eu' }),
    [
      '# TYPE x_cuts_total_total counter',
      'x_cuts_total_total{server="eu"} 3',
      '# TYPE x_cuts_reasons_total counter',
      'x_cuts_reasons_total{server="eu",code="A\\"B\\\\C\\n"} 2',
      'x_cuts_reasons_total{server="eu",code="ETIMEDOUT"} 1',
      '# TYPE x_queued_inbound gauge',
      'x_queued_inbound{server="eu"} 0',
      '',
    ].join('\n'),
  )
})
