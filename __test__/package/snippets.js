'use strict'

// The examples of the documents: which there are, and how they are run. docs/README.md tells readers the same.

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const { once } = require('node:events')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')

/** Milliseconds until a program has done what it should; they need a fraction of a second. */
const TIMEOUT = 60_000

/** The port that examples use; a free one is put in its place. */
const PORT = /\b8888\b/g

/**
 * @typedef {object} Snippet
 * @property {string} page
 * @property {string} name With the line where it stands.
 * @property {string} language
 * @property {string} info What stands behind the language.
 * @property {string} text
 */

/** @returns {string[]} the pages for users, relative to the root */
function pages() {
  const inside = ['docs', 'docs/guide', 'docs/reference'].flatMap(folder =>
    fs
      .readdirSync(path.join(ROOT, folder))
      .filter(name => name.endsWith('.md'))
      .map(name => `${folder}/${name}`),
  )
  return ['README.md', ...inside]
}

/**
 * @param {string} page
 * @param {string} [markdown]
 * @returns {Snippet[]} its fenced blocks
 */
function snippetsOf(page, markdown = fs.readFileSync(path.join(ROOT, page), 'utf8')) {
  /** @type {Snippet[]} */
  const found = []
  /** @type {{ fence: string, language: string, info: string, line: number, lines: string[] } | null} */
  let open = null
  for (const [at, line] of markdown.split('\n').entries()) {
    const [, fence = '', language = '', info = ''] = line.match(/^ *(`{3,})(\w*) *(.*)$/) ?? []
    if (open === null) {
      if (fence !== '') open = { fence, language, info: info.trim(), line: at + 1, lines: [] }
    } else if (line.trim() === open.fence) {
      const text = `${open.lines.join('\n')}\n`
      const { language: of, info: more } = open
      found.push({ page, name: `${page}:${open.line}`, language: of, info: more, text })
      open = null
    } else {
      open.lines.push(line)
    }
  }
  if (open !== null) throw new Error(`${page}:${open.line}: a block without an end`)
  return found
}

/**
 * @param {Snippet} snippet
 * @returns {string | null} why it cannot be run here
 */
function whyNotRun({ info }) {
  return info.match(/^no-run: (.{10,})$/)?.[1] ?? null
}

/**
 * What examples that make neither a server nor a client find: both, logged in.
 * @param {string} text
 * @returns {string}
 */
function inSurroundings(text) {
  return `
    const { Client, Server } = require('tls-json')
    const fs = require('node:fs')
    const { once } = require('node:events')
    const server = new Server({
      options: { key: fs.readFileSync('localhost.key'), cert: fs.readFileSync('localhost.crt') },
      password: 'secret',
    })
    const given = { fs, once, server, id: 0, client: undefined }
    server.on('error', () => {})
    server.listen(0, () => {
      given.client = new Client({
        options: { ca: fs.readFileSync('localhost.crt') },
        port: server.tlsServer.address().port,
        password: 'secret',
      })
      given.client.on('error', () => {})
      Promise.all([once(given.client, 'authenticated'), once(server, 'authenticated')]).then(() =>
        example(given).finally(() => {
          given.client.disconnect()
          server.close()
        }),
      )
    })
    async function example({ fs, once, server, client, id }) {
      {
${text}
      }
    }`
}

/** An example that runs. */
class Program {
  stdout = ''
  stderr = ''
  #child
  /** @type {Promise<number | string | null>} */
  #ended
  #heard = () => {}

  /**
   * @param {Snippet} snippet
   * @param {string} folder with the package and certificates
   * @param {string} port
   */
  constructor({ name, text }, folder, port) {
    const whole = /new (\w+\.)?(Server|Client)\(/.test(text) ? text : inSurroundings(text)
    const kind = /^import .* from /m.test(text) ? 'mjs' : 'js'
    const file = path.join(folder, `${name.replace(/\W+/g, '-')}.${kind}`)
    fs.writeFileSync(file, whole.replace(PORT, port))
    // The runner's own variable would make the child report as a test file.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const options = {
      cwd: folder,
      env,
      timeout: TIMEOUT,
      killSignal: /** @type {const} */ ('SIGKILL'),
    }
    // Node 20 says of some of its own modules that they are new.
    const args = ['--disable-warning=ExperimentalWarning', file]
    this.#child = spawn(process.execPath, args, options)
    this.#child.stdout.setEncoding('utf8').on('data', data => {
      this.stdout += data
      this.#heard()
    })
    this.#child.stderr.setEncoding('utf8').on('data', data => (this.stderr += data))
    this.#ended = once(this.#child, 'close').then(([code, signal]) => {
      this.#heard()
      return signal ?? code
    })
  }

  /** @returns {Promise<number | string | null>} its exit code, or the signal that ended it */
  end() {
    return this.#ended
  }

  /** @param {NodeJS.Signals} signal */
  kill(signal) {
    this.#child.kill(signal)
  }

  /**
   * @param {RegExp} pattern
   * @returns {Promise<void>} when it has printed that, or has ended
   */
  async prints(pattern) {
    while (!pattern.test(this.stdout) && this.#child.exitCode === null && !this.#child.signalCode) {
      await new Promise(resolve => (this.#heard = () => resolve(undefined)))
    }
  }
}

/**
 * @param {string} text of an example
 * @returns {string[]} what its comments say that it prints, in order
 */
function promised(text) {
  return [...text.matchAll(/\/\/ prints (.+)$/gm)].map(([, line]) => String(line).trim())
}

/**
 * @param {string} stdout
 * @param {string[]} lines
 * @returns {string | null} the first of the lines that was not printed behind those before it
 */
function missing(stdout, lines) {
  const printed = stdout.split('\n').map(line => line.trim())
  let at = 0
  for (const line of lines) {
    const found = printed.indexOf(line, at)
    if (found === -1) return line
    at = found + 1
  }
  return null
}

module.exports = { Program, missing, pages, promised, snippetsOf, whyNotRun }
