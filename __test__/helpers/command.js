'use strict'

// The command `tls-json` as a process of its own, in pipes or at a terminal.

const { spawn, spawnSync } = require('node:child_process')
const path = require('node:path')

const { cleanup } = require('./cleanup')
const { Watch, limits } = require('./events')

const COMMAND = path.resolve(__dirname, '..', '..', 'bin', 'tls-json.js')

/** Options of `Running` with which root has the rights of an owner, and no more: he could write and connect everywhere. */
const withoutPrivilege =
  process.getuid?.() === 0
    ? { program: ['setpriv', '--bounding-set', '-dac_override', process.execPath, COMMAND] }
    : {}

/** Why there is no terminal: `script` of util-linux makes one. */
const noTerminal = (() => {
  const { stdout = '' } = spawnSync('script', ['--version'], { encoding: 'utf8' })
  if (stdout?.includes('util-linux')) return false
  if (process.env.CI && process.platform === 'linux')
    throw new Error('`script` of util-linux is missing')
  return '`script` of util-linux is not here'
})()

/**
 * @param {string[]} command
 * @returns {string[]} the same at a terminal of 80 columns, which has our stdin and stdout at its other end
 */
function atTerminal(command) {
  const quoted = command.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  return ['script', '-qefc', `stty cols 80 rows 24; exec ${quoted}`, '/dev/null']
}

/** A `tls-json` that runs. */
class Running extends Watch {
  stdout = ''
  stderr = ''

  /**
   * @param {import('node:test').TestContext} t
   * @param {string[]} args
   * @param {{ input?: string, env?: NodeJS.ProcessEnv, cwd?: string, terminal?: boolean, program?: string[] }} [options] without `input` stdin stays
   *   open; at a terminal stderr is in stdout
   */
  constructor(
    t,
    args,
    { input, env, cwd, terminal = false, program = [process.execPath, COMMAND] } = {},
  ) {
    super()
    // What decides how it behaves comes from the test alone.
    const {
      NODE_TEST_CONTEXT: _context,
      TLSJSON_PASSWORD: _password,
      NO_COLOR: _colours,
      ...inherited
    } = process.env
    const plain = [...program, ...args]
    const command = terminal ? atTerminal(plain) : plain
    this.child = spawn(/** @type {string} */ (command[0]), command.slice(1), {
      env: { ...inherited, ...(terminal ? { TERM: 'xterm', SHELL: '/bin/sh' } : {}), ...env },
      cwd,
      stdio: 'pipe',
    })
    cleanup(t, () => void this.child.kill('SIGKILL'))
    for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
      this.child[name].setEncoding('utf8').on('data', text => {
        this[name] += text
        this.changed()
      })
    }
    // One that ends early does not read it.
    this.child.stdin.on('error', () => {})
    if (input !== undefined) this.child.stdin.end(input)
    /** @type {{ code: number | null, signal: string | null } | undefined} */
    this.outcome = undefined
    this.child.on('close', (code, signal) => {
      this.outcome = { code, signal }
      this.changed()
    })
  }

  /**
   * @param {RegExp} pattern of what is printed sooner or later
   * @param {'stdout' | 'stderr'} [where]
   * @returns {Promise<RegExpMatchArray>}
   */
  async prints(pattern, where = 'stdout') {
    await this.until(
      () => pattern.test(this[where]) || this.outcome !== undefined,
      () => `${pattern} on ${where}\n${this.stdout}\n${this.stderr}`,
    )
    const found = this[where].match(pattern)
    if (found === null)
      throw new Error(`${pattern} was not printed\n${this.stdout}\n${this.stderr}`)
    return found
  }

  /** @param {string} text at the keyboard, or into the pipe */
  type(text) {
    this.child.stdin.write(text)
  }

  /** @returns {Promise<{ code: number | null, stdout: string, stderr: string }>} when it has ended */
  async end() {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), limits.deadline)
    await this.until(() => this.outcome !== undefined, 'the end of the command')
    clearTimeout(timer)
    const { code = null, signal } = this.outcome ?? {}
    if (signal) throw new Error(`ended by ${signal}\n${this.stdout}\n${this.stderr}`)
    return { code, stdout: this.stdout, stderr: this.stderr }
  }
}

/**
 * Runs it to its end.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} args
 * @param {{ input?: string, env?: NodeJS.ProcessEnv, cwd?: string, program?: string[] }} [options]
 */
function tlsJson(t, args, options = {}) {
  return new Running(t, args, { input: '', ...options }).end()
}

module.exports = { COMMAND, Running, noTerminal, tlsJson, withoutPrivilege }
