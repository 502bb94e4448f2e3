'use strict'

/**
 * `npm run benchmark:report`: writes what README and docs say of the recorded results, and the charts. With `--check` it
 * writes nothing and fails where they say something else.
 */

const fs = require('node:fs')
const path = require('node:path')

const { clusterTables } = require('./cluster/report')
const { ratioChart, curveChart, draw } = require('./lib/charts')
const { curvesOf, recorded } = require('./lib/recorded')
const { markdownTable } = require('./lib/table')

/** @typedef {import('./run').Results} Results */

const ROOT = path.join(__dirname, '..')
const README = path.join(ROOT, 'README.md')
const FIGURES = path.join(ROOT, 'docs', 'internals', 'figures.md')

const CLUSTER = path.join(ROOT, 'docs', 'internals', 'cluster.md')

/** Where the charts are. */
const CHARTS = path.join(ROOT, 'docs', 'benchmark')

/** What of the two cores the README shows: of each scenario its first metric. */
const SHORT = ['round-trip', 'requests-50', 'burst-4k', 'connects-ec', 'fan-out', 'idle', 'loading']

const BEGIN = '<!-- benchmark: written by npm run benchmark:report -->'
const END = '<!-- /benchmark -->'

/** What the tables have beside the figures. */
const BRACKETS =
  'In brackets: what ours has in relation to it, the median of the ratios round by round.'

/**
 * @param {Results} results
 * @returns {string} how they were taken
 */
function caption({ rounds, time, warmUp, machine, peers }) {
  const versions = peers
    .filter(({ name }) => name !== 'tuned' && name !== 'floor')
    .map(({ title, version }) => `${title} ${version}`)
  const cores = machine.cores === 1 ? '1 core' : `${machine.cores} cores`
  const taken = `${time / 1000} s after ${warmUp / 1000} s of warm-up`
  return (
    `${rounds === 1 ? 'One round.' : `Medians of ${rounds} rounds of ${taken}.`} ` +
    `${cores}, ${machine.cpu}, ${machine.os}, Node ${machine.node} with OpenSSL ${machine.openssl}, ` +
    `${versions.join(', ')}, ${machine.date.slice(0, 10)}, load average ${machine.load[0].toFixed(1)} at the start.`
  )
}

/**
 * @param {Results} twoCores
 * @returns {string} the README's part
 */
function shortFigures(twoCores) {
  const scenarios = twoCores.scenarios
    .filter(({ name }) => SHORT.includes(name))
    .map(summary => ({ ...summary, metrics: summary.metrics.slice(0, 1) }))
  return [
    BEGIN,
    markdownTable(scenarios, twoCores.peers),
    `Medians of ${twoCores.machine.date.slice(0, 10)}; in brackets what ours has in relation to it. "Tuned" is a program on ` +
      '`node:tls` written for speed, "floor" [an addon](docs/internals/floor.md) that does nothing but the wire format.',
    '![How many times better than each](docs/benchmark/ratios.svg)',
    END,
  ].join('\n\n')
}

/**
 * @param {ReturnType<typeof recorded>} results
 * @returns {string} the part of docs/internals/figures.md
 */
function figures({ twoCores, oneCore, curves, idle }) {
  const images = (/** @type {Results} */ { curves: all }) =>
    all.map(({ name, title }) => `![${title}](../benchmark/${name}.svg)`)
  return [
    BEGIN,
    markdownTable(twoCores.scenarios, twoCores.peers),
    `${caption(twoCores)} ${BRACKETS}`,
    '![How many times better than each](../benchmark/ratios.svg)',
    ...images(curves),
    caption(curves),
    ...images(idle),
    caption(idle),
    'On one core, server and client together:',
    markdownTable(oneCore.scenarios, oneCore.peers),
    `${caption(oneCore)} ${BRACKETS}`,
    END,
  ].join('\n\n')
}

/**
 * @param {import('./cluster/report').Results} results
 * @returns {string} the part of docs/internals/cluster.md
 */
function clusterFigures(results) {
  const tables = clusterTables(results)
  return [
    BEGIN,
    'Broadcasts:',
    tables.broadcasts,
    'Requests:',
    tables.requests,
    tables.caption,
    '![How the figures go with the number of nodes](../benchmark/cluster.svg)',
    END,
  ].join('\n\n')
}

/**
 * @param {string} file
 * @param {string} part
 * @returns {Promise<[file: string, content: string]>} what it should be
 */
async function withPart(file, part) {
  const prettier = await import('prettier')
  const text = fs.readFileSync(file, 'utf8')
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin === -1 || end < begin) throw new Error(`${file} has no part "${BEGIN}" to "${END}"`)
  const options = await prettier.resolveConfig(file)
  const whole = text.slice(0, begin) + part + text.slice(end + END.length)
  return [file, await prettier.format(whole, { ...options, parser: 'markdown' })]
}

/** @returns {Promise<Map<string, string>>} the files by their paths, with what they should be */
async function render() {
  const results = recorded()
  const files = new Map([
    await withPart(README, shortFigures(results.twoCores)),
    await withPart(FIGURES, figures(results)),
    await withPart(CLUSTER, clusterFigures(results.cluster)),
  ])
  const chart = (/** @type {string} */ name) => path.join(CHARTS, `${name}.svg`)
  files.set(chart('ratios'), await draw(ratioChart(results.twoCores)))
  for (const { curve, peers } of curvesOf(results)) {
    files.set(chart(curve.name), await draw(curveChart(curve, peers)))
  }
  return files
}

/** @returns {Promise<number>} the exit code */
async function main() {
  const check = process.argv.includes('--check')
  let code = 0
  for (const [file, content] of await render()) {
    if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === content) continue
    const name = path.relative(ROOT, file)
    if (check) {
      code = 1
      process.stderr.write(`${name} is not what the results say; npm run benchmark:report\n`)
    } else {
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, content)
      process.stdout.write(`${name} written\n`)
    }
  }
  return code
}

main().then(
  code => (process.exitCode = code),
  error => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    process.exitCode = 1
  },
)
