'use strict'

const readline = require('node:readline')
const { Writable } = require('node:stream')
const { text: readAll } = require('node:stream/consumers')

const { readFile } = require('./files')
const { parseJson } = require('./lines')
const { UsageError } = require('./usage-error')

/** @typedef {import('./types').Context} Context */

/** @type {import('./types').Options} */
const PASSWORD = {
  'password-file': {
    type: 'string',
    value: 'FILE',
    description: 'the password is the first line of it; of standard input for -',
  },
  password: {
    type: 'string',
    value: 'TEXT',
    description: 'others can see it, in the list of processes',
  },
  'password-json': {
    type: 'boolean',
    description: 'the password is JSON, not text: credentials of a server with authenticate',
  },
}

/**
 * @param {Context} context
 * @returns {Promise<unknown>} undefined for none
 */
async function readPassword(context) {
  const text = await passwordText(context)
  if (text === undefined || !context.values['password-json']) return text
  return parseJson(text, 'the password')
}

/**
 * @param {Context} context
 * @returns {Promise<string | undefined>}
 */
async function passwordText(context) {
  const { values, env, out, input } = context
  const { password, 'password-file': file } = values
  if (password !== undefined && file !== undefined) {
    throw new UsageError('--password and --password-file: one of them is enough')
  }
  if (password !== undefined) {
    out.warn(
      'a password on the command line can be seen by others, in the list of processes; use --password-file, or TLSJSON_PASSWORD in the environment',
    )
    return password
  }
  if (file === '-') return input.isTTY ? ask(context) : firstLine(await readAll(input))
  if (file !== undefined) return firstLine(String(readFile('password-file', file)))
  return env.TLSJSON_PASSWORD || undefined
}

/** @param {string} text @returns {string} */
function firstLine(text) {
  return /** @type {string} */ (text.split(/\r?\n/, 1)[0])
}

/**
 * Asks at a terminal, and does not show what is typed.
 *
 * @param {Context} context
 * @returns {Promise<string>}
 */
function ask({ input, out, signal, interrupt }) {
  return new Promise((resolve, reject) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
    // From here on the terminal shows nothing of what is typed.
    const reader = readline.createInterface({ input, output: silent, terminal: true, signal })
    out.stderr.write('Password: ')
    reader.on('SIGINT', interrupt)
    reader.once('close', () => {
      out.stderr.write('\n')
      reject(signal.aborted ? signal.reason : new UsageError('no password was typed'))
    })
    reader.once('line', line => {
      resolve(line)
      reader.close()
    })
  })
}

module.exports = { PASSWORD, readPassword }
