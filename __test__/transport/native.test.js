'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')
const { aboutRustls, difference } = require('../helpers/subject')
const { Watch } = require('../helpers/events')
const { freePort } = require('../helpers/free-port')
const { cleanup } = require('../helpers/cleanup')
const certificates = require('../helpers/certificates')

const PRELOAD = path.join(__dirname, '..', 'fixtures', 'no-node-sockets.js')

/** A running program and the lines it prints. */
class Program extends Watch {
  /**
   * @param {import('node:test').TestContext} t
   * @param {'server' | 'client'} name
   * @param {number} port
   * @param {string} folder where the certificate is
   */
  constructor(t, name, port, folder) {
    super()
    this.name = name
    this.output = ''
    this.ended = false
    const example = path.resolve(__dirname, '../../examples', `${name}.js`)
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const child = spawn(process.execPath, ['--require', PRELOAD, example, String(port)], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    cleanup(t, () => void child.kill('SIGKILL'))
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', text => {
        this.output += text
        this.changed()
      })
    }
    child.on('close', () => {
      this.ended = true
      this.changed()
    })
  }

  /**
   * @param {...RegExp} patterns
   * @returns {Promise<void>}
   */
  async prints(...patterns) {
    const missing = () => patterns.filter(pattern => !pattern.test(this.output))
    await this.until(
      () => this.ended || missing().length === 0,
      () => `${this.name} printing ${missing().join(' and ')}; it printed: ${this.output}`,
    )
    assert.equal(this.ended && missing().length > 0, false, `${this.name}: ${this.output}`)
  }
}

/** @param {import('node:test').TestContext} t */
async function conversation(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-'))
  cleanup(t, () => fs.rmSync(folder, { recursive: true, force: true }))
  const { key, cert } = certificates.readmeCa()
  fs.writeFileSync(path.join(folder, 'localhost.key'), key)
  fs.writeFileSync(path.join(folder, 'localhost.crt'), cert)
  const port = await freePort()
  const server = new Program(t, 'server', port, folder)
  await server.prints(/^no node sockets$/m, /^TLSServer listening/m)
  const client = new Program(t, 'client', port, folder)
  await Promise.all([
    server.prints(
      /^authenticated 0 (::ffff:127\.0\.0\.1|::1)$/m,
      /^message \{ any: 'message' \} from 0$/m,
      /^request \{ some: 'thing' \} from 0$/m,
      /^response \{ hello: 'kitty!' \} from 0$/m,
    ),
    client.prints(
      /^no node sockets$/m,
      /^authenticated$/m,
      /^message \{ hello: 'world' \}$/m,
      /^request \{ question: 'who are you\?' \}$/m,
      /^response \{ anything: 'this is a response to your request' \}$/m,
    ),
  ])
}

difference("the README's programs run without Node's sockets", conversation, { skip: aboutRustls })

test('the programs that prove it cannot use those sockets', async t => {
  const { start } = require('../helpers/program')
  for (const source of [
    "require('node:tls').connect(1)",
    "require('node:net').connect(1)",
    "new (require('node:net').Socket)().connect(1)",
    "require('node:net').createServer().listen(0)",
    "require('node:tls').createServer().listen(0)",
  ]) {
    const { code, stderr } = await start(t, ['--require', PRELOAD, '-e', source])
    assert.equal(code, 1, source)
    assert.match(stderr, /was called/, source)
  }
})
