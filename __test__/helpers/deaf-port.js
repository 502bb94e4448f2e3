'use strict'

const { spawn } = require('node:child_process')
const net = require('node:net')
const { cleanup } = require('./cleanup')
const { next } = require('./events')

/**
 * A port where connections are begun and never come to be: its backlog is full, and nobody accepts.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} host
 * @param {number} [port]
 * @returns {Promise<number>}
 */
async function deafPort(t, host, port = 0) {
  const source = `
    const server = require('node:net').createServer().listen(
      { host: ${JSON.stringify(host)}, port: ${port}, backlog: 1 },
      () => {
        require('node:fs').writeSync(1, server.address().port + '\\n')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      },
    )`
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanup(t, () => void child.kill('SIGKILL'))
  const [text] = await next(child.stdout, 'data')
  const taken = Number(text)
  // Until one is not answered within its time, the backlog has room.
  for (;;) {
    const socket = net.connect(taken, host)
    cleanup(t, () => void socket.destroy())
    socket.on('error', () => {})
    const connected = new Promise(resolve => socket.once('connect', () => resolve(true)))
    const late = new Promise(resolve => setTimeout(resolve, 100, false))
    if (!(await Promise.race([connected, late]))) return taken
  }
}

module.exports = { deafPort }
