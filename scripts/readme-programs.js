'use strict'

/**
 * The README's server and client as two processes, until each was seen to do what it should.
 */

const { execFileSync, spawn } = require('node:child_process')
const { EventEmitter, once } = require('node:events')
const net = require('node:net')
const path = require('node:path')
const readline = require('node:readline')

const { ROOT } = require('../lib/engine/addon-file')

/**
 * @typedef {object} Places
 * @property {string} folder where the certificate is, and the programs run
 * @property {string} [programs] where server.js and client.js are; in examples/ if not given
 * @property {string[]} [runtime] the command that runs a program; this Node if not given
 */

const EXAMPLES = path.join(ROOT, 'examples')

/** Milliseconds for the programs to do what they should; they need a fraction of a second. */
const TIMEOUT = 30_000

const LISTENING = /^TLSServer listening/

/** What each program must print, besides whatever else it prints. */
const EXPECTED = {
  server: [
    LISTENING,
    /^authenticated \S+ \S+/,
    /^message \{ any: 'message' \} from/,
    /^request \{ some: 'thing' \} from/,
    /^response \{ hello: 'kitty!' \} from/,
  ],
  client: [
    /^authenticated/,
    /^message \{ hello: 'world' \}/,
    /^request \{ question: 'who are you\?' \}/,
    /^response \{ anything: 'this is a response to your request' \}/,
  ],
}

/**
 * Makes localhost.key and localhost.crt by the README's recipe.
 *
 * @param {string} folder
 */
function makeCertificate(folder) {
  const key = ['-newkey', 'rsa:2048', '-sha256', '-nodes', '-keyout', 'localhost.key']
  const cert = ['-out', 'localhost.crt', '-subj', '/CN=localhost', '-days', '3650']
  const args = ['req', '-x509', ...key, ...cert]
  console.log(`\n$ openssl ${args.join(' ')}`)
  try {
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (err) {
    const { stderr } = /** @type {{ stderr?: Buffer }} */ (err)
    throw new Error(`openssl could not make the certificate: ${stderr ?? err}`, { cause: err })
  }
}

/**
 * A port nobody listens on: the one asked for, or any.
 *
 * @param {number} port
 * @returns {Promise<number>}
 */
async function freePort(port) {
  const probe = net.createServer()
  try {
    probe.listen(port)
    await once(probe, 'listening')
  } catch (err) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (err)
    if (code !== 'EADDRINUSE' || port === 0) throw err
    console.log(`Port ${port} is in use; taking another.`)
    return freePort(0)
  }
  const { port: free } = /** @type {net.AddressInfo} */ (probe.address())
  probe.close()
  await once(probe, 'close')
  return free
}

/**
 * Puts objects into one line as Node shows them: Bun takes several, and other quotes.
 *
 * @param {(line: string) => void} show
 * @returns {(line: string) => void}
 */
function joined(show) {
  let open = ''
  return line => {
    const text = open === '' ? line : `${open} ${line.trim()}`
    open = /\{[^}]*$/.test(text) ? text : ''
    if (open === '') show(text.replaceAll('"', "'").replace(/, \}/g, ' }'))
  }
}

/**
 * One of the two programs, shown line by line under its name.
 *
 * @param {'server' | 'client'} name
 * @param {number} port
 * @param {Places} places
 */
function startProgram(name, port, { folder, programs = EXAMPLES, runtime = [process.execPath] }) {
  const [command = '', ...args] = [...runtime, path.join(programs, `${name}.js`), String(port)]
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const missing = [...EXPECTED[name]]
  const progress = new EventEmitter()
  const show = (/** @type {string} */ line) => {
    console.log(`${name} | ${line}`)
    const at = missing.findIndex(pattern => pattern.test(line))
    if (at !== -1) missing.splice(at, 1)
    progress.emit('line')
  }
  readline.createInterface({ input: child.stdout }).on('line', joined(show))
  readline.createInterface({ input: child.stderr }).on('line', show)
  /** @type {Error | undefined} */
  let ended
  const end = (/** @type {Error} */ err) => {
    ended ??= err
    progress.emit('line')
  }
  child.on('error', end)
  child.on('close', (code, signal) => {
    end(new Error(`the ${name} ended too early (${signal ?? `exit code ${code}`})`))
  })

  return {
    name,
    child,
    /** What it was expected to print and did not yet. */
    missing,
    /**
     * Waits for expected lines.
     *
     * @param {(missing: RegExp[]) => boolean} done
     * @param {AbortSignal} signal
     */
    async until(done, signal) {
      while (!done(missing)) {
        if (ended) throw ended
        await once(progress, 'line', { signal })
      }
    },
    /** Ends it, by its own process id, and waits until it is gone. */
    async stop() {
      if (ended) return
      const closed = once(child, 'close')
      child.kill()
      await closed
    },
  }
}

/**
 * Runs both programs and waits until each has printed what it should.
 *
 * @param {number} port
 * @param {Places} places
 * @returns {Promise<void>}
 * @throws {Error} with the lines that were not seen
 */
async function runPrograms(port, places) {
  const signal = AbortSignal.timeout(TIMEOUT)
  /** @type {ReturnType<typeof startProgram>[]} */
  const programs = []
  try {
    const server = startProgram('server', port, places)
    programs.push(server)
    await server.until(missing => !missing.includes(LISTENING), signal)
    const client = startProgram('client', port, places)
    programs.push(client)
    const all = programs.map(program => program.until(missing => missing.length === 0, signal))
    await Promise.all(all)
  } catch (err) {
    const { message } = /** @type {Error} */ (err)
    const reason = signal.aborted ? `not done within ${TIMEOUT / 1000} s` : message
    const missing = programs.flatMap(({ name, missing: lines }) =>
      lines.map(line => `\n  ${name}: ${line.source}`),
    )
    throw new Error(`${reason}; these lines were not seen:${missing.join('')}`, { cause: err })
  } finally {
    await Promise.all(programs.map(program => program.stop()))
  }
}

module.exports = { EXAMPLES, freePort, makeCertificate, runPrograms }
