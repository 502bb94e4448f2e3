'use strict'

// `tls-json cert` as a process: wherever its input and output are it ends, with the code that says how.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { COMMAND, Running, noTerminal, tlsJson, withoutPrivilege } = require('../helpers/command')
const { listening } = require('../helpers/doctor')
const { next } = require('../helpers/events')
const { temporary } = require('../helpers/temporary')

const onWindows = process.platform === 'win32' && 'Windows has no such modes, links and shells'

/** @param {string} folder @returns {Record<string, string>} the modes of the files in it */
function modes(folder) {
  return Object.fromEntries(
    fs
      .readdirSync(folder)
      .map(name => [name, (fs.statSync(path.join(folder, name)).mode & 0o777).toString(8)]),
  )
}

process.umask(0o022)

const MADE = { 'localhost.crt': '644', 'localhost.key': '600' }

test('make: in a pipe that nobody ends', { skip: onWindows }, async t => {
  const out = temporary(t)
  const { code, stdout, stderr } = await new Running(t, ['cert', 'make', '--out', out]).end()
  assert.equal(code, 0, stderr)
  assert.equal(stdout, `${out}/localhost.key\n${out}/localhost.crt\n`)
  assert.match(stderr, /^Keep the key to its owner/)
  assert.deepEqual(modes(out), MADE)
})

test('make: without stdin, stdout and stderr', { skip: onWindows }, async t => {
  for (const closed of ['<&-', '>&-', '2>&-', '<&- >&- 2>&-']) {
    const out = temporary(t)
    const program = ['sh', '-c', `"$@" ${closed}`, 'sh', process.execPath, COMMAND]
    const { code } = await tlsJson(t, ['cert', 'make', '--out', out], { program })
    assert.equal(code, 0, closed)
    assert.deepEqual(modes(out), MADE, closed)
  }
})

test('make: at a terminal', { skip: noTerminal }, async t => {
  const out = temporary(t)
  const args = ['cert', 'make', '--authority', '--out', out]
  const { code, stdout } = await new Running(t, args, { terminal: true }).end()
  assert.equal(code, 0, stdout)
  assert.deepEqual(Object.keys(modes(out)).length, 6)
})

test('make: files that are there end it with 2, and stay', async t => {
  const out = temporary(t)
  fs.writeFileSync(path.join(out, 'localhost.key'), 'mine')
  const { code, stdout, stderr } = await tlsJson(t, ['cert', 'make', '--out', out])
  assert.equal(code, 2)
  assert.equal(stdout, '')
  assert.match(stderr, /already there: .*localhost\.key; --force replaces it/)
  assert.deepEqual(fs.readdirSync(out), ['localhost.key'])
  assert.equal(fs.readFileSync(path.join(out, 'localhost.key'), 'utf8'), 'mine')
})

test('make: a folder in which nobody may write', { skip: onWindows }, async t => {
  const out = temporary(t)
  fs.chmodSync(out, 0o555)
  for (const [where, what] of [
    [out, 'cannot write '],
    [path.join(out, 'more'), 'cannot make the folder '],
  ]) {
    const args = ['cert', 'make', '--out', String(where)]
    const { code, stderr } = await tlsJson(t, args, withoutPrivilege)
    assert.equal(code, 2, stderr)
    assert.match(stderr, new RegExp(`${what}${where}.*: EACCES`))
  }
  assert.deepEqual(fs.readdirSync(out), [])
})

test('make: a folder that cannot be', { skip: onWindows }, async t => {
  const folder = temporary(t)
  const link = path.join(folder, 'link')
  fs.symlinkSync(path.join(folder, 'nothing'), link)
  fs.writeFileSync(path.join(folder, 'file'), '')
  for (const out of [link, path.join(link, 'more'), path.join(folder, 'file', 'more')]) {
    const { code, stderr } = await tlsJson(t, ['cert', 'make', '--out', out])
    assert.equal(code, 2, stderr)
    assert.match(stderr, /cannot make the folder .*: (EEXIST|ENOTDIR)/)
  }
})

test('show: a reader who has had enough', { skip: onWindows }, async t => {
  const program = ['bash', '-c', 'set -o pipefail; "$@" | head -1', 'bash', process.execPath]
  const { certFile } = certificates.san()
  const args = ['cert', 'show', certFile]
  const { code, stdout } = await tlsJson(t, args, { program: [...program, COMMAND] })
  assert.equal(code, 0)
  assert.match(stdout, /^subject .*\n$/)
})

/** @param {import('node:test').TestContext} t */
async function silent(t) {
  const server = net.createServer(socket => void socket.resume())
  const at = await listening(t, server)
  return { at, connected: next(server, 'connection') }
}

test('show host:port: an interrupt ends it', { skip: onWindows }, async t => {
  const { at, connected } = await silent(t)
  const running = new Running(t, ['cert', 'show', at, '--timeout', '1h'])
  await connected
  running.child.kill('SIGINT')
  assert.equal((await running.end()).code, 130)
})

test('show host:port: Ctrl-C at a terminal ends it', { skip: noTerminal }, async t => {
  const { at, connected } = await silent(t)
  const running = new Running(t, ['cert', 'show', at, '--timeout', '1h'], { terminal: true })
  await connected
  running.type('\x03')
  assert.equal((await running.end()).code, 130)
})
