'use strict'

// Test runners replace the clock, and with it what programs wait by. What the engine needs stays as it was; what users
// see as time, the interval between attempts and the time-out of a request, goes with the clock that is there.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const test = require('node:test')
const assert = require('node:assert/strict')

const { directory, isOriginal, overNode } = require('../helpers/subject')
const certificates = require('../helpers/certificates')
const { start } = require('../helpers/program')

const FOLDER = path.join(__dirname, '..', 'mocked-clocks')
const ROOT = path.resolve(__dirname, '..', '..')

/** Milliseconds for a runner to start, run and end: it loads hundreds of files. */
const WITHIN = 120_000

/**
 * A folder of a test's own, and in it what the conversation needs to know.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} more
 */
function prepare(t, more) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-clocks-'))
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }))
  const { key, cert } = certificates.readmeCa()
  const file = path.join(folder, 'given.json')
  fs.writeFileSync(
    file,
    JSON.stringify({ directory, key: String(key), cert: String(cert), ...more }),
  )
  return { folder, env: { TLS_JSON_GIVEN: file, NO_COLOR: '1', CI: '1' } }
}

/**
 * @param {import('node:test').TestContext} t
 * @param {string} program in the folder
 * @param {object} more for the conversation
 * @param {number} [within]
 */
async function runs(t, program, more, within = WITHIN) {
  const { env } = prepare(t, more)
  const ended = await start(t, [path.join(FOLDER, program)], { env, within })
  assert.deepEqual([ended.code, ended.stdout], [0, 'done\n'], ended.stderr)
}

for (const globally of [false, true]) {
  const when = globally ? 'before the package is loaded' : 'in tests'

  test(`Jest's clock, mocked ${when}`, async t => {
    const { folder, env } = prepare(t, { globally })
    const config = {
      rootDir: FOLDER,
      testRegex: ['/in-jest\\.js$'],
      // As for any package in node_modules.
      transform: {},
      cacheDirectory: path.join(folder, 'cache'),
      watchman: false,
      fakeTimers: { enableGlobally: globally },
      testTimeout: WITHIN,
    }
    const args = ['--runInBand', '--config', JSON.stringify(config)]
    const jest = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js')
    const ended = await start(t, [jest, ...args], { env, within: WITHIN, cwd: folder })
    assert.equal(ended.code, 0, ended.stderr)
    // The original's timers of requests outlive their answers.
    if (!isOriginal) assert.doesNotMatch(ended.stderr, /did not exit/)
  })

  test(`Vitest's clock, mocked ${when}`, async t => {
    const { folder, env } = prepare(t, { globally })
    const vitest = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
    const config = path.join(folder, 'vitest.config.mjs')
    const options = {
      root: FOLDER,
      cacheDir: path.join(folder, 'cache'),
      test: {
        include: ['in-vitest.mjs'],
        watch: false,
        fileParallelism: false,
        testTimeout: WITHIN,
      },
    }
    fs.writeFileSync(config, `export default ${JSON.stringify(options)}`)
    const ended = await start(t, [vitest, 'run', '--config', config], {
      env,
      within: WITHIN,
      cwd: folder,
    })
    assert.equal(ended.code, 0, ended.stdout + ended.stderr)
    assert.doesNotMatch(ended.stdout + ended.stderr, /close timed out|hanging/)
  })

  test(`sinon's clock, installed ${when}`, async t => {
    // Node's own TLS goes by process.nextTick, too; and the original attempts twice where it should once.
    const toFake = ['setTimeout', 'setInterval', 'setImmediate', 'Date', 'performance']
    const fakes = overNode || isOriginal ? { toFake } : {}
    await runs(t, 'in-sinon.js', { globally, fakes, reconnects: !isOriginal })
  })

  test(`the clock of node:test, enabled ${when}`, async t => {
    await runs(t, 'in-node-test.js', { globally })
  })
}

test("a request's time-out is of the clock of node:test", async t => {
  await runs(t, 'in-node-test.js', { requests: true })
})
