'use strict'

/**
 * Runs the programs of examples/ as a person would: a copy of them, each in a process of its own,
 * in a folder with the certificate. The copy gets its package from where the test says, so that
 * the same programs run against the original and mixed with it.
 */

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const readline = require('node:readline')
const { test } = require('node:test')

const certificates = require('./certificates')
const { cleanup } = require('./cleanup')
const { bounded, Watch } = require('./events')
const { directory, isOriginal } = require('./subject')

/** @typedef {import('node:test').TestContext} TestContext */

const EXAMPLES = path.resolve(__dirname, '../../examples')

const reference = process.env.TLS_JSON_REFERENCE

/** One process of an example, read line by line. */
class Program extends Watch {
  /**
   * @param {TestContext} t
   * @param {string} file
   * @param {string[]} args
   * @param {string} cwd
   * @param {Program[]} all the programs of this test, which this one is added to
   */
  constructor(t, file, args, cwd, all) {
    super()
    this.all = all
    all.push(this)
    this.name = path.basename(file, '.js')
    /** @type {string[]} Everything it has printed. */
    this.lines = []
    this.stderr = ''
    /** @type {{ code: number | null, signal: string | null } | undefined} */
    this.outcome = undefined
    /** When it printed its last line, in ms. */
    this.printed = 0
    // The runner's own variable would make the child report as a test file.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const child = spawn(process.execPath, [file, ...args], { cwd, env, stdio: 'pipe' })
    cleanup(t, () => void child.kill('SIGKILL'))
    this.child = child
    // Typing into a process that has ended fails; how it ended is what tests look at.
    child.stdin.on('error', () => {})
    readline.createInterface({ input: child.stdout }).on('line', line => {
      this.lines.push(line)
      this.printed = performance.now()
      this.changed()
    })
    child.stderr.setEncoding('utf8').on('data', text => (this.stderr += text))
    /** @type {Promise<number>} Ms from its last line to its end; an error if that was no good one. */
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        this.outcome = { code, signal }
        this.changed()
        if (code === 0 && this.stderr === '') resolve(performance.now() - this.printed)
        else reject(new Error(this.describe('ended badly')))
      })
    })
    // Whoever waits for the end sees the error; a test that failed before does not wait.
    this.ended.catch(() => {})
  }

  /**
   * @param {string} what
   * @returns {string} with all that is known of this process and the others of the test
   */
  describe(what) {
    const known = this.all.map(({ name, outcome, lines, stderr }) => {
      const state = outcome ? (outcome.signal ?? `exit code ${outcome.code}`) : 'running'
      const printed = lines.map(line => `\n  ${line}`).join('')
      return `\n${name} (${state})${printed}${stderr && `\n  stderr: ${stderr}`}`
    })
    return `${this.name} ${what}${known.join('')}`
  }

  /**
   * Waits until it has printed lines that match, wherever they stand.
   *
   * @param {RegExp} pattern
   * @param {number} [count]
   * @returns {Promise<RegExpExecArray>} the match in the last of them
   */
  async prints(pattern, count = 1) {
    const matches = () =>
      this.lines.flatMap(line => {
        const match = pattern.exec(line)
        return match ? [match] : []
      })
    const what = () => this.describe(`did not print ${count} × ${pattern}`)
    await this.until(() => matches().length >= count || this.outcome !== undefined, what)
    const match = matches()[count - 1]
    if (!match) throw new Error(what())
    return match
  }

  /** @returns {Promise<string>} the port it listens on, from the address it prints */
  async port() {
    const [, port = ''] = await this.prints(/listening on .*port: (\d+)/)
    return port
  }

  /**
   * Types a line into it.
   *
   * @param {string} line
   */
  type(line) {
    this.child.stdin.write(`${line}\n`)
  }

  /**
   * Waits until it has ended by itself, with exit code 0 and nothing on stderr.
   *
   * @returns {Promise<number>} ms from its last line to its end
   */
  end() {
    return bounded(this.ended, 'the end').catch(error => {
      throw this.outcome ? error : new Error(this.describe('did not end'))
    })
  }
}

/**
 * Starts a program of the example with arguments.
 *
 * @typedef {(file: string, ...args: string[]) => Program} Start
 */

/**
 * @typedef {object} Stage What a test of an example gets
 * @property {Start} server starts a program that uses the package of the server's side
 * @property {Start} client starts a program that uses the package of the client's side
 * @property {string} folder where they run
 * @property {{ server: boolean, client: boolean }} native which sides are this package, not the original
 */

/** For those that a signal shuts down: to a program on Windows it is the end. */
const bySignal = { skip: process.platform === 'win32' && 'Windows has no signals' }

/**
 * Declares the test of an example: with this package, and when TLS_JSON_REFERENCE names the
 * original's directory with that on either side and on both, which proves the test right.
 *
 * @param {string} example folder in examples/
 * @param {string} name
 * @param {(t: TestContext, stage: Stage) => Promise<void>} body
 * @param {{ skip?: string | false }} [options]
 */
function exampleTest(example, name, body, options = {}) {
  const ours = { name: isOriginal ? 'original' : 'native', directory, native: !isOriginal }
  declare(ours, ours)
  if (!reference || isOriginal) {
    test(`${example}: ${name} (original)`, { skip: 'TLS_JSON_REFERENCE is not set' }, () => {})
    return
  }
  const original = { name: 'original', directory: path.resolve(reference), native: false }
  declare(original, original)
  declare(ours, original)
  declare(original, ours)

  /**
   * @param {typeof ours} server
   * @param {typeof ours} client
   */
  function declare(server, client) {
    test(`${example}: ${name} (${server.name} server, ${client.name} client)`, options, async t => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-example-'))
      cleanup(t, () => fs.rmSync(folder, { recursive: true, force: true }))
      const { key, cert } = certificates.readmeCa()
      fs.writeFileSync(path.join(folder, 'localhost.key'), key)
      fs.writeFileSync(path.join(folder, 'localhost.crt'), cert)
      /** @type {Program[]} */
      const all = []
      /**
       * @param {string} side
       * @param {string} from the directory of its package
       * @returns {Start}
       */
      const starter = (side, from) => {
        const home = path.join(folder, side)
        const programs = path.join(home, 'examples', example)
        fs.cpSync(path.join(EXAMPLES, example), programs, { recursive: true })
        fs.writeFileSync(
          path.join(home, 'index.js'),
          `module.exports = require(${JSON.stringify(from)})\n`,
        )
        return (file, ...args) => new Program(t, path.join(programs, file), args, folder, all)
      }
      await body(t, {
        server: starter('server', server.directory),
        client: starter('client', client.directory),
        folder,
        native: { server: server.native, client: client.native },
      })
    })
  }
}

/** In ms: less than the 2 s for which a request's timer would hold a player of the game, and time to end on a busy machine. */
const PROMPT = 1900

/**
 * The native package ends a process as soon as nothing is open. The original waits for timers of
 * requests that were answered long ago, so its time says nothing.
 *
 * @param {number} ms from the last line to the end
 * @param {boolean} native
 */
function assertPrompt(ms, native) {
  if (native) assert.ok(ms < PROMPT, `ended ${ms} ms after its last line`)
}

module.exports = { bySignal, exampleTest, assertPrompt, Program }
