'use strict'

// What is the same for all commands: help, wrong command lines, colours, completion.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { NAMES, allCommands } = require('../../bin/commands')
const { readArguments } = require('../../bin/cli/arguments')
const { EXIT, Failure, exitCodeOf } = require('../../bin/cli/exit-codes')
const { Output } = require('../../bin/cli/output')
const values = require('../../bin/cli/values')
const { ROOT } = require('../../lib/engine/addon-file')
const certificates = require('../helpers/certificates')
const { tlsJson } = require('../helpers/command')

const readmeCa = certificates.readmeCa()

test('each command is a file, and each file a command', () => {
  const files = fs.readdirSync(path.join(ROOT, 'bin', 'commands'))
  assert.deepEqual(files.sort(), NAMES.map(name => `${name}.js`).sort())
})

test('--help has every command, and each its usage, options and examples', async t => {
  const main = await tlsJson(t, ['--help'])
  assert.equal(main.code, 0)
  assert.equal(main.stderr, '')
  for (const [name, { summary, usage, options, examples }] of allCommands()) {
    assert.match(main.stdout, new RegExp(`^  ${name} `, 'm'))
    const { code, stdout } = await tlsJson(t, [name, '--help'])
    assert.equal(code, 0)
    assert.ok(stdout.startsWith(summary), stdout)
    for (const form of usage) assert.ok(stdout.includes(`  tls-json ${name} ${form}`), form)
    for (const option of [...Object.keys(options), 'json', 'quiet', 'no-color', 'help']) {
      assert.match(stdout, new RegExp(`--${option}\\b`), `${name} --${option}`)
    }
    assert.ok(examples.length > 0, `${name} has no example`)
    for (const [line] of examples) {
      assert.ok(stdout.includes(line), line)
      assert.match(line, /\btls-json\b/)
    }
    const text = stdout.replace(/^Examples:[^]*/m, '')
    assert.deepEqual(
      text.split('\n').filter(line => line.length > 80),
      [],
      name,
    )
    assert.equal((await tlsJson(t, ['help', name])).stdout, stdout)
  }
})

test('a command line of no use ends with 2 and says what to read', async t => {
  for (const [args, pattern] of /** @type {[string[], RegExp][]} */ ([
    [[], /which command\?\nSee `tls-json --help`/],
    [['dance'], /no such command: dance/],
    [['help', 'dance'], /no such command: dance/],
    [['doctor', 'localhost:1', 'localhost:2'], /what is localhost:2 for\?/],
    [['listen', '0', '1'], /what is 1 for\?/],
    [['cert', 'show', 'a.crt', 'b.crt'], /show takes one certificate/],
    [['send', 'localhost:1', '{}', '--timeout', '1000h'], /--timeout: 1000h is not between/],
    [['send', 'localhost:1', '{}', '--timeout', '0s'], /--timeout: 0s is not between/],
    [['send', 'localhost:1', '{}', '--ca', __filename], /--ca: .*frame.test.js has no certificate/],
    [
      ['send', 'localhost:1', '{}', '--crl', __filename],
      /--crl: .*frame.test.js has no revocation list \(PEM\)/,
    ],
    [
      ['send', 'localhost:1', '{}', '--cert', readmeCa.certFile, '--key', readmeCa.certFile],
      /--key: .* has no private key/,
    ],
    [
      ['listen', '0', '--cert', readmeCa.keyFile, '--key', readmeCa.keyFile],
      /--cert: .* has no certificate/,
    ],
    [
      [
        ...['listen', '0', '--cert', readmeCa.certFile, '--key', readmeCa.keyFile],
        ...['--on-request', 'nothing.js'],
      ],
      /--on-request: nothing\.js: Cannot find module '[^']*nothing\.js'\n/,
    ],
    [
      ['completion', 'bash', '--dance'],
      /Unknown option '--dance'\nSee `tls-json completion --help`/,
    ],
    [['completion', 'tcsh'], /for which shell\? bash, zsh, fish/],
  ])) {
    const { code, stdout, stderr } = await tlsJson(t, args)
    assert.equal(code, EXIT.usage, stderr)
    assert.equal(stdout, '')
    assert.match(stderr, pattern)
  }
  const { code, stdout } = await tlsJson(t, ['completion', 'tcsh', '--json'])
  assert.equal(code, EXIT.usage)
  assert.deepEqual(JSON.parse(stdout), {
    error: { message: 'for which shell? bash, zsh, fish' },
    exitCode: 2,
  })
})

test('--version is that of the package', async t => {
  const { version } = require('../../package.json')
  assert.equal((await tlsJson(t, ['--version'])).stdout, `${version}\n`)
})

test('who stops reading ends it without a word', t => {
  const command = `"$0" "$1" completion bash | head -c 1`
  const args = [
    '-o',
    'pipefail',
    '-c',
    command,
    process.execPath,
    path.join(ROOT, 'bin/tls-json.js'),
  ]
  const { status, stderr } = spawnSync('bash', args, { encoding: 'utf8' })
  t.diagnostic(stderr)
  assert.equal(status, 0)
  assert.equal(stderr, '')
})

test('values of options are read, and what is none is named', () => {
  assert.equal(values.duration('500ms'), 500)
  assert.equal(values.duration('1.5m'), 90_000)
  assert.equal(values.rate('5k/s'), 5000)
  assert.equal(values.rate('300/m'), 5)
  assert.equal(values.count('5k'), 5000)
  assert.equal(values.bytes('4k'), 4096)
  assert.equal(values.countOrNone('0'), 0)
  for (const [read, text] of /** @type {[(text: string) => number, string][]} */ ([
    [values.duration, '10'],
    [values.duration, '-1s'],
    [values.rate, '0/s'],
    [values.rate, '10'],
    [values.count, '0'],
    [values.count, '1.5'],
    [values.bytes, '-1'],
    [values.bytes, '1t'],
  ])) {
    assert.throws(() => read(text), { message: new RegExp(`^${text} is no `) })
  }
  const options = /** @type {const} */ ({
    wait: { type: 'string', default: '2s', parse: values.duration, description: 'how long' },
  })
  assert.equal(readArguments([], options).values.wait, 2000)
  assert.equal(readArguments(['--wait', '1s'], options).values.wait, 1000)
  assert.throws(() => readArguments(['--wait', 'long'], options), /^Error: --wait: long is no time/)
})

test('errors become exit codes', () => {
  const coded = (/** @type {string} */ code) => Object.assign(new Error('of a test'), { code })
  for (const [kind, codes] of Object.entries({
    connect: ['ECONNREFUSED', 'ENOTFOUND', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ECONNRESET'],
    certificate: ['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'INVALID_PURPOSE'],
    refused: ['TLSJSON_PASSWORD_REFUSED'],
    timeout: ['TLSJSON_REQUEST_TIMEOUT', 'ETIMEDOUT', 'TLSJSON_CONNECT_TIMEOUT'],
    lost: ['TLSJSON_CONNECTION_LOST', 'TLSJSON_SILENCE'],
    failed: ['TLSJSON_REMOTE_ERROR', 'SOMETHING_ELSE'],
  })) {
    for (const code of codes) {
      assert.equal(exitCodeOf(coded(code)), EXIT[/** @type {keyof typeof EXIT} */ (kind)], code)
    }
  }
  assert.equal(exitCodeOf(new Failure('lost', 'of a test')), 7)
  assert.equal(exitCodeOf(new AggregateError([coded('ECONNREFUSED')])), EXIT.connect)
  assert.equal(exitCodeOf(new AggregateError([])), EXIT.failed)
})

test('colours are for terminals that want them', () => {
  const stream = (/** @type {boolean} */ isTTY) => /** @type {any} */ ({ isTTY, write() {} })
  const red = (/** @type {any} */ options) =>
    new Output({ stdout: stream(true), stderr: stream(false), env: {}, ...options }).styled(
      'a',
      'red',
    )
  assert.equal(red({}), '\x1b[31ma\x1b[39m')
  for (const options of [
    { stdout: stream(false) },
    { colours: false },
    { env: { NO_COLOR: '1' } },
    { env: { TERM: 'dumb' } },
  ]) {
    assert.equal(red(options), 'a', JSON.stringify(options))
  }
})
