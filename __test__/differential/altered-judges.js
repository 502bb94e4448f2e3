'use strict'

/** A chain of any bytes, judged by Node in a handshake and verified by the package. */

const { execFileSync, spawn } = require('node:child_process')
const crypto = require('node:crypto')
const { once } = require('node:events')
const net = require('node:net')
const readline = require('node:readline')
const { Duplex } = require('node:stream')
const tls = require('node:tls')

const { ROOT } = require('../../lib/engine/addon-file')
const { cargo } = require('../../scripts/prerequisites')
const { bounded } = require('../helpers/events')
const { RawEnd } = require('../helpers/raw-handshake')
const { Client, Server } = require('../helpers/subject')
const { certificate, toPem } = require('../helpers/x509')

/** @typedef {import('./altered-cases').AlteredCase} AlteredCase */
/** @typedef {import('./judges').VerificationResult} VerificationResult */

const OWN = ['P-384', 'P-521'].map(namedCurve =>
  certificate({ keys: crypto.generateKeyPairSync('ec', { namedCurve }), digest: 'sha512' }),
)

/**
 * @param {AlteredCase} given
 * @returns {{ key: string, cert: string }} what a server has itself, good enough for the security level
 */
function own({ level }) {
  const { key, pem } = /** @type {import('../helpers/x509').Issued} */ (OWN[level > 4 ? 1 : 0])
  return { key, cert: pem }
}

/** One of two ends of a stream in memory. */
class Side extends Duplex {
  /** @type {Side | null} */
  other = null

  /** @override */
  _read() {}

  /**
   * @override
   * @param {Buffer} chunk
   * @param {string} _encoding
   * @param {() => void} done
   */
  _write(chunk, _encoding, done) {
    this.other?.push(chunk)
    done()
  }

  /**
   * @override
   * @param {() => void} done
   */
  _final(done) {
    this.other?.push(null)
    done()
  }
}

/** @returns {[Side, Side]} */
function pair() {
  const [a, b] = [new Side(), new Side()]
  a.other = b
  b.other = a
  return [a, b]
}

/**
 * @param {AlteredCase} given
 * @returns {tls.SecureContextOptions & { allowPartialTrustChain?: boolean }}
 */
const judging = ({ ca, level, partial }) => ({
  ca: ca.map(der => toPem('CERTIFICATE', der)),
  ciphers: `DEFAULT@SECLEVEL=${level}`,
  ...(partial && { allowPartialTrustChain: true }),
})

/**
 * @param {unknown} error
 * @returns {VerificationResult}
 */
function asResult(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
  return { code: String(code), message }
}

/**
 * @param {AlteredCase} given
 * @returns {Promise<VerificationResult>}
 */
function byNodeClient(given) {
  const [raw, side] = pair()
  new RawEnd(raw, true, { chain: given.peer, key: given.key, level: given.level })
  return new Promise(resolve => {
    const end = (/** @type {VerificationResult} */ result) => {
      resolve(result)
      socket.destroy()
      raw.destroy()
    }
    const socket = tls.connect({
      socket: side,
      ...judging(given),
      checkServerIdentity: () => undefined,
    })
    socket.once('secureConnect', () => end({ code: null }))
    socket.on('error', error => end(asResult(error)))
  })
}

/**
 * @param {AlteredCase} given
 * @returns {Promise<VerificationResult>}
 */
function byNodeServer(given) {
  const [raw, side] = pair()
  return new Promise(resolve => {
    const server = tls.createServer({
      ...judging(given),
      ...own(given),
      requestCert: true,
      rejectUnauthorized: false,
    })
    const end = (/** @type {VerificationResult} */ result) => {
      resolve(result)
      side.destroy()
      raw.destroy()
    }
    server.on('secureConnection', socket => {
      socket.on('error', () => {})
      const code = socket.authorizationError
      end({ code: code ? String(code) : null })
    })
    server.on('tlsClientError', error => end(asResult(error)))
    server.emit('connection', side)
    new RawEnd(raw, false, { chain: given.peer, key: given.key, level: given.level })
  })
}

/**
 * @param {AlteredCase} given
 * @returns {Promise<VerificationResult>}
 */
async function byOurClient(given) {
  const server = net.createServer(socket => {
    const { peer: chain, key, level } = given
    new RawEnd(socket, true, { chain, key, level, welcome: '{"authenticated":true}\n' })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {net.AddressInfo} */ (server.address())
  const options = { ...judging(given), checkServerIdentity: () => undefined }
  const client = /** @type {any} */ (
    new Client({ port, host: '127.0.0.1', password: 'x', requestTimeout: 1000, options })
  )
  try {
    return await new Promise(resolve => {
      client.once('authenticated', () => resolve({ code: null }))
      client.on('error', (/** @type {unknown} */ error) => resolve(asResult(error)))
    })
  } finally {
    client.disconnect()
    server.close()
  }
}

/**
 * @param {AlteredCase} given
 * @returns {Promise<VerificationResult>}
 */
async function byOurServer(given) {
  const options = { ...judging(given), ...own(given), requestCert: true }
  const server = /** @type {any} */ (new Server({ options, password: 'x' }))
  server.on('error', () => {})
  const { tlsServer } = server
  tlsServer.listen(0, '127.0.0.1')
  await once(tlsServer, 'listening')
  const visitor = net.connect(tlsServer.address().port, '127.0.0.1')
  const { peer: chain, key, level } = given
  new RawEnd(visitor, false, { chain, key, level })
  try {
    return await new Promise(resolve => {
      tlsServer.once('secureConnection', () => resolve({ code: null }))
      tlsServer.once('tlsClientError', (/** @type {unknown} */ error) => resolve(asResult(error)))
    })
  } finally {
    visitor.destroy()
    await new Promise(resolve => tlsServer.close(resolve))
  }
}

/** @returns {string} the program that judges, from the sources as they are */
function builtJudge() {
  const args = ['build', '--locked', '--quiet', '--example', 'judge', '--message-format', 'json']
  const lines = execFileSync(cargo(), args, { cwd: ROOT, encoding: 'utf8' }).split('\n')
  const built = lines.filter(Boolean).map(line => JSON.parse(line))
  return built.find(({ target, executable }) => executable && target.name === 'judge').executable
}

/** The judges of one run. */
class AlteredJudges {
  /** @param {string} [program] of `__test__/rust/judge.rs`; built if none is named */
  constructor(program = builtJudge()) {
    this.judge = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.answers = readline.createInterface({ input: this.judge.stdout })
    /** @type {((result: VerificationResult) => void)[]} */
    this.waiting = []
    this.answers.on('line', line => this.waiting.shift()?.(JSON.parse(line)))
  }

  /** @returns {Promise<void>} */
  async close() {
    this.judge.stdin.end()
    if (this.judge.exitCode === null) await once(this.judge, 'exit')
  }

  /**
   * @param {AlteredCase} given
   * @returns {Promise<{ node: VerificationResult, ours: VerificationResult }>}
   */
  async ask(given) {
    const { shownBy, level, partial } = given
    const text = (/** @type {Buffer[]} */ list) => list.map(der => der.toString('base64'))
    const [peer, ca] = [text(given.peer), text(given.ca)]
    this.judge.stdin.write(`${JSON.stringify({ shownBy, level, partial, peer, ca })}\n`)
    /** @type {Promise<VerificationResult>} */
    const answer = new Promise(resolve => this.waiting.push(resolve))
    const by = shownBy === 'client' ? byNodeServer : byNodeClient
    const node = await bounded(by(given), `Node's result for seed ${given.seed}`)
    return { node, ours: await bounded(answer, `the result for seed ${given.seed}`) }
  }

  /**
   * What the package's own end says in a handshake, where the leaf's key has to be the one that was used as well.
   *
   * @param {AlteredCase} given
   * @returns {Promise<VerificationResult>}
   */
  inHandshake(given) {
    const judge = given.shownBy === 'client' ? byOurServer : byOurClient
    return bounded(judge(given), `the handshake of seed ${given.seed}`)
  }
}

module.exports = { AlteredJudges }
