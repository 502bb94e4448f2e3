'use strict'

/**
 * `node scripts/original-spec.js --reference DIR [--runs N] [--unchanged]`: runs the original's own
 * spec (DIR/spec/test-spec.js, with the jasmine of DIR/node_modules) with its `require('../Server')`
 * and `require('../Client')` answered by this package, or by the installed one that TLS_JSON_SUBJECT
 * names. `--unchanged` leaves them alone, to see how the spec does on the original, where it fails
 * now and then. Nothing is copied or written.
 */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const Module = require('node:module')
const path = require('node:path')
const { parseArgs } = require('node:util')

/** Milliseconds for one run of the spec, which takes some seconds. */
const TIMEOUT = 120_000

/** Where the package is that answers. */
const SUBJECT = path.resolve(process.env.TLS_JSON_SUBJECT || path.resolve(__dirname, '..'))

/**
 * Answers the spec's two requires with this package.
 *
 * @param {string} spec
 * @returns {Set<string>} fills with the requests that were answered so
 */
function redirect(spec) {
  const loader = /** @type {any} */ (Module)
  const resolve = loader._resolveFilename
  const redirected = new Set()
  loader._resolveFilename = (
    /** @type {string} */ request,
    /** @type {{ filename?: string } | undefined} */ parent,
    /** @type {unknown[]} */ ...rest
  ) => {
    const ours = parent?.filename === spec && ['../Server', '../Client'].includes(request)
    if (ours) redirected.add(request)
    return ours
      ? path.join(SUBJECT, `${path.basename(request)}.js`)
      : resolve(request, parent, ...rest)
  }
  return redirected
}

/**
 * One run, in the process this is called in.
 *
 * @param {string} directory
 * @param {boolean} unchanged
 * @returns {Promise<void>}
 */
async function runOnce(directory, unchanged) {
  const spec = path.join(directory, 'spec', 'test-spec.js')
  const redirected = unchanged ? undefined : redirect(spec)
  const Jasmine = require(path.join(directory, 'node_modules', 'jasmine'))
  const jasmine = new Jasmine({ projectBaseDir: directory })
  // Its own settings, among them a random order, which its failures depend on.
  const settings = path.join(directory, 'spec', 'support', 'jasmine.json')
  const config = JSON.parse(fs.readFileSync(settings, 'utf8'))
  jasmine.loadConfig({ ...config, jsLoader: 'require', spec_files: [] })
  jasmine.addReporter({
    jasmineDone() {
      if (!redirected || redirected.size === 2) return
      console.error(`${spec} does not require ../Server and ../Client any more`)
      process.exit(1)
    },
  })
  await jasmine.execute([spec])
}

/** @returns {Promise<void>} */
async function main() {
  const { values } = parseArgs({
    options: {
      reference: { type: 'string' },
      runs: { type: 'string', default: '1' },
      unchanged: { type: 'boolean', default: false },
      'in-this-process': { type: 'boolean', default: false },
    },
  })
  const given = values.reference ?? process.env.TLS_JSON_REFERENCE
  if (!given) throw new Error('Which original? Give its directory: --reference DIR')
  // The real path, since that is what a module's filename is.
  const directory = fs.realpathSync(given)
  if (values['in-this-process']) return runOnce(directory, values.unchanged)

  let passed = 0
  const runs = Number(values.runs)
  for (let run = 1; run <= runs; run++) {
    const args = [__filename, '--in-this-process', '--reference', directory]
    if (values.unchanged) args.push('--unchanged')
    // The spec reads its certificate from ./spec.
    const options = { cwd: directory, timeout: TIMEOUT, encoding: /** @type {const} */ ('utf8') }
    const { status, stdout, stderr } = spawnSync(process.execPath, args, options)
    if (status === 0) passed++
    else console.log(stdout, stderr)
    console.log(
      `run ${run}: ${status === 0 ? 'passed' : 'failed'} ${/\d+ specs?.*/.exec(stdout) ?? ''}`,
    )
  }
  console.log(`${passed} of ${runs} runs passed`)
  if (passed < runs) process.exitCode = 1
}

main().catch(error => {
  console.error(error)
  process.exit(2)
})
