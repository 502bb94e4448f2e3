'use strict'

// docs/reference/command-line.md says what the command does: its help, its exit codes, the causes that doctor knows.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { EXIT } = require('../../bin/cli/exit-codes')
const { ROOT } = require('../../lib/engine/addon-file')

const PAGE = fs.readFileSync(path.join(ROOT, 'docs', 'reference', 'command-line.md'), 'utf8')

test('the help of each command stands there as it is', () => {
  execFileSync(process.execPath, [path.join(ROOT, 'scripts', 'command-line.js'), '--check'])
})

test('the exit codes are those of the code', () => {
  const rows = [...PAGE.matchAll(/^\| +(\d+) \| (\w+) /gm)].map(([, code, kind]) => [
    kind,
    Number(code),
  ])
  assert.deepEqual(rows, Object.entries(EXIT))
})

test('the causes are those of the code', () => {
  const [, list = ''] = PAGE.match(/<!-- causes -->([^]*)<!-- \/causes -->/) ?? []
  const documented = [...list.matchAll(/`([a-z-]+)`/g)].map(([, id]) => id)
  const source = ['causes.js', 'certificate-causes.js', 'examine.js']
    .map(name => fs.readFileSync(path.join(ROOT, 'bin', 'doctor', name), 'utf8'))
    .join('\n')
  const made = source.matchAll(
    /\bcause\(\s*'([a-z-]+)'|\? '(address-needs-altname)' : '(wrong-name)'/g,
  )
  const known = new Set([...made].flatMap(([, ...ids]) => ids).filter(Boolean))
  assert.deepEqual([...new Set(documented)].sort(), [...known].sort())
  assert.equal(new Set(documented).size, documented.length, 'each once')
})

test('require loads nothing of it, and the tarball has what it needs', () => {
  const program = `
    require(${JSON.stringify(ROOT)})
    const bin = ${JSON.stringify(path.join(ROOT, 'bin'))}
    console.log(Object.keys(require.cache).filter(file => file.startsWith(bin)).length)`
  assert.equal(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }), '0\n')
  const { bin, files } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
  assert.deepEqual(bin, { 'tls-json': 'bin/tls-json.js' })
  assert.ok(files.includes('bin'))
  assert.ok(fs.statSync(path.join(ROOT, bin['tls-json'])).mode & 0o100, 'it can be executed')
})
