'use strict'

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { directory } = require('./subject')
const { cleanup } = require('./cleanup')
const { serverConfig, clientConfig, password } = require('./ends')
const certificates = require('./certificates')

/** Milliseconds for a process, which may take long to start where others compete for the cores. */
const WITHIN = 60_000

/**
 * @typedef {object} Outcome
 * @property {number | null} code
 * @property {string | null} signal
 * @property {string} stdout
 * @property {string} stderr
 * @property {number} ms how long it ran
 */

/**
 * How a process is run, and what is heard of it meanwhile.
 *
 * @typedef {object} Watching
 * @property {number} [descriptors] how many it may have
 * @property {(text: string, child: import('node:child_process').ChildProcess) => void} [onStdout]
 * @property {(text: string) => void} [onStderr]
 */

/**
 * What a program gets as its argument.
 *
 * @typedef {object} Context
 * @property {any} Server
 * @property {any} Client
 * @property {any} given what the test passed
 * @property {(config?: any) => any} serverConfig
 * @property {(port: number, config?: any) => any} clientConfig
 */

/**
 * Source text that defines what a program starts with: the classes, the configs of `./ends`, and
 * the certificates of this process, since another one would make its own.
 *
 * @param {string} [subject] the directory of the package
 * @returns {string}
 */
function prelude(subject = directory) {
  const { key, cert } = certificates.readmeCa()
  const pair = JSON.stringify({ key: String(key), cert: String(cert) })
  return `
    const { Server, Client } = require(${JSON.stringify(subject)})
    const certificates = { readmeCa: () => (${pair}) }
    const password = ${JSON.stringify(password)}
    const serverConfig = ${serverConfig}
    const clientConfig = ${clientConfig}`
}

/**
 * Runs a function in a Node process of its own, for everything that ends a process. It sees nothing
 * of the test but its argument.
 *
 * @param {import('node:test').TestContext} t
 * @param {(context: Context) => void} main
 * @param {{ given?: unknown, within?: number, flags?: string[], env?: NodeJS.ProcessEnv, file?: boolean, subject?: string } & Watching} [options]
 *   `file`: from a file, for programs that start themselves again; `subject`: the directory of the package
 * @returns {Promise<Outcome>}
 */
function run(t, main, options = {}) {
  const { given, flags = [], file = false, subject, ...rest } = options
  const source = `${prelude(subject)}
    const given = ${JSON.stringify(given) ?? 'undefined'};
    (${main})({ Server, Client, given, serverConfig, clientConfig })`
  if (!file) return start(t, [...flags, '-e', source], rest)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-program-'))
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }))
  const program = path.join(folder, 'program.js')
  fs.writeFileSync(program, source)
  return start(t, [...flags, program], rest)
}

/**
 * Runs Node with arguments.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} args
 * @param {{ within?: number, env?: NodeJS.ProcessEnv, cwd?: string } & Watching} [options]
 * @returns {Promise<Outcome>}
 */
function start(t, args, { within = WITHIN, env, cwd, descriptors, onStdout, onStderr } = {}) {
  return new Promise((resolve, reject) => {
    const began = Date.now()
    // The runner's own variable would make the child report as a test file.
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
    const command = [process.execPath, ...args]
    if (descriptors !== undefined) {
      command.unshift('/bin/sh', '-c', `ulimit -n ${descriptors} && exec "$0" "$@"`)
    }
    const [file = '', ...rest] = command
    const child = spawn(file, rest, {
      cwd,
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    cleanup(t, () => void child.kill('SIGKILL'))
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text
      onStdout?.(text, child)
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text
      onStderr?.(text)
    })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`still running after ${within} ms; stdout: ${stdout}; stderr: ${stderr}`))
    }, within)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, stdout, stderr, ms: Date.now() - began })
    })
  })
}

module.exports = { run, start, prelude }
