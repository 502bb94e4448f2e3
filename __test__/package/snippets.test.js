'use strict'

// Every example of README.md and docs does what it says: JavaScript runs over TLS on this machine, TypeScript compiles, JSON
// is JSON, and commands succeed.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const ts = require('typescript')

const certificates = require('../helpers/certificates')
const { directory } = require('../helpers/subject')
const { Program, missing, pages, promised, snippetsOf, whyNotRun } = require('./snippets')
const { freePort } = require('../helpers/free-port')

const snippets = pages().flatMap(page => snippetsOf(page))
const runnable = snippets.filter(snippet => whyNotRun(snippet) === null)

/** Where they run: with the package, and the files that the documents speak of. */
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-snippets-'))
after(() => fs.rmSync(folder, { recursive: true, force: true }))

before(() => {
  fs.mkdirSync(path.join(folder, 'node_modules'))
  fs.symlinkSync(directory, path.join(folder, 'node_modules', 'tls-json'), 'junction')
  for (const [name, { key, cert }] of /** @type {const} */ ([
    ['localhost', certificates.san()],
    ['client', certificates.client()],
  ])) {
    fs.writeFileSync(path.join(folder, `${name}.key`), key)
    fs.writeFileSync(path.join(folder, `${name}.crt`), cert)
  }
})

/** @param {string} language */
const of = language => runnable.filter(snippet => snippet.language === language)

/**
 * @param {Program} program
 * @param {string} text
 * @param {string | number | null} outcome
 */
function assertDone(program, text, outcome) {
  const said = `\n${program.stdout}\n${program.stderr}`
  assert.equal(program.stderr, '', 'nothing on stderr')
  assert.equal(outcome, 0, `it ended with ${outcome}${said}`)
  assert.equal(missing(program.stdout, promised(text)), null, `was not printed in its turn${said}`)
}

describe('JavaScript', { concurrency: Math.max(2, os.availableParallelism()) }, () => {
  for (const [at, snippet] of of('js').entries()) {
    const { info, name, text } = snippet
    if (info === 'client') continue
    test(name, async () => {
      const port = String(await freePort())
      const program = new Program(snippet, folder, port)
      if (info === 'server') {
        const client = of('js')[at + 1]
        assert.ok(client?.info === 'client' && client.page === snippet.page, 'its client follows')
        await program.prints(/listening/)
        const other = new Program(client, folder, port)
        await Promise.all([program, other].map(each => each.prints(/^response/m)))
        for (const each of [other, program]) each.kill('SIGTERM')
        const outcomes = await Promise.all([program, other].map(each => each.end()))
        assert.deepEqual(outcomes, ['SIGTERM', 'SIGTERM'], `${program.stderr}${other.stderr}`)
        for (const each of [program, other]) assert.match(each.stdout, /^response/m)
        return
      }
      if (info === 'SIGTERM') void program.prints(/\n/).then(() => program.kill('SIGTERM'))
      else assert.equal(info, '', 'no such word behind js')
      assertDone(program, text, await program.end())
    })
  }
})

test('TypeScript compiles', () => {
  const files = of('ts').map(({ name, text }) => {
    const file = path.join(folder, `${name.replace(/\W+/g, '-')}.ts`)
    fs.writeFileSync(file, text)
    return file
  })
  assert.ok(files.length > 0)
  const options = {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.Node16,
    types: ['node'],
    typeRoots: [path.join(__dirname, '../../node_modules/@types')],
  }
  const program = ts.createProgram(files, options)
  const found = files.flatMap(file =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(file)),
  )
  assert.deepEqual(
    found.map(({ file, messageText }) => [file?.fileName, messageText]),
    [],
  )
})

for (const { name, text } of of('json')) test(`${name} is JSON`, () => void JSON.parse(text))

for (const { name, text } of of('sh')) {
  test(`${name} succeeds`, t => {
    const own = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-commands-'))
    t.after(() => fs.rmSync(own, { recursive: true, force: true }))
    execFileSync('sh', ['-e', '-c', text], { cwd: own, stdio: 'pipe', timeout: 60_000 })
  })
}

test('what cannot be run says why, and is little', () => {
  const languages = new Set(['js', 'ts', 'json', 'sh', 'text'])
  for (const { name, language } of snippets) {
    assert.ok(languages.has(language), `${name}: a block of no language that is known: ${language}`)
  }
  for (const { info, name } of snippets.filter(({ info: more }) => more.startsWith('no-run'))) {
    assert.match(info, /^no-run: .{10,}$/, `${name} does not say why`)
  }
  const left = snippets.length - runnable.length
  assert.ok(left < snippets.length / 3, `${left} of ${snippets.length} are not run`)
  assert.ok(of('js').length >= 20, `only ${of('js').length} programs`)
})

test('an example that fails, says another thing, writes to stderr or ends badly is noticed', async () => {
  const outcomeOf = async (/** @type {string} */ text) => {
    const [snippet] = snippetsOf('made-up.md', `\`\`\`js\n${text}\n\`\`\`\n`)
    assert.ok(snippet)
    const program = new Program(snippet, folder, String(await freePort()))
    assertDone(program, snippet.text, await program.end())
  }
  await outcomeOf("console.log('one', id) // prints one 0")
  await assert.rejects(outcomeOf("console.log('one') // prints two"), /was not printed/)
  await assert.rejects(outcomeOf('throw new Error()'), /nothing on stderr/)
  await assert.rejects(outcomeOf('process.exitCode = 3'), /it ended with 3/)
  await assert.rejects(outcomeOf('console.error(1)'), /nothing on stderr/)
  assert.throws(() => snippetsOf('made-up.md', '```js\n'), /without an end/)
})
