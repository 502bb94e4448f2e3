'use strict'

/**
 * `npm run benchmark:report`: writes what the README says of the recorded results, and the charts. With `--check` it
 * writes nothing and fails where they say something else.
 */

const fs = require('node:fs')
const path = require('node:path')

const { ratioChart, curveChart, draw } = require('./lib/charts')
const { markdownTable } = require('./lib/table')

/** @typedef {import('./run').Results} Results */

const ROOT = path.join(__dirname, '..')
const README = path.join(ROOT, 'README.md')

/** Where the charts are, as the README names it. */
const CHARTS = 'docs/benchmark'

const BEGIN = '<!-- benchmark: written by npm run benchmark:report -->'
const END = '<!-- /benchmark -->'

/**
 * @param {string} name
 * @returns {Results}
 */
function read(name) {
  return JSON.parse(fs.readFileSync(path.join(__dirname, 'results', name), 'utf8'))
}

/** What the tables have beside the figures. */
const BRACKETS =
  'In brackets: what ours has in relation to it, the median of the ratios round by round.'

/**
 * @param {Results} results
 * @returns {string} how they were taken
 */
function caption({ rounds, time, warmUp, machine, peers }) {
  const versions = peers
    .filter(({ name }) => name !== 'tuned')
    .map(({ title, version }) => `${title} ${version}`)
  const cores = machine.cores === 1 ? '1 core' : `${machine.cores} cores`
  return (
    `Medians of ${rounds} rounds of ${time / 1000} s after ${warmUp / 1000} s of warm-up. ` +
    `${cores}, ${machine.cpu}, ${machine.os}, Node ${machine.node} with OpenSSL ${machine.openssl}, ` +
    `${versions.join(', ')}, ${machine.date.slice(0, 10)}, load average ${machine.load[0].toFixed(1)} at the start.`
  )
}

/**
 * @param {Record<'twoCores' | 'oneCore' | 'curves', Results>} results
 * @returns {string} the README's part
 */
function figures({ twoCores, oneCore, curves }) {
  const images = curves.curves.map(({ name, title }) => `![${title}](${CHARTS}/${name}.svg)`)
  return [
    BEGIN,
    markdownTable(twoCores.scenarios, twoCores.peers),
    `${caption(twoCores)} ${BRACKETS}`,
    `![How many times better than each](${CHARTS}/ratios.svg)`,
    ...images,
    caption(curves),
    'On one core, server and client together:',
    markdownTable(oneCore.scenarios, oneCore.peers),
    `${caption(oneCore)} ${BRACKETS}`,
    END,
  ].join('\n\n')
}

/**
 * @param {string} text of the README
 * @param {string} part
 * @returns {string}
 */
function withPart(text, part) {
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin === -1 || end < begin) throw new Error(`README.md has no part "${BEGIN}" to "${END}"`)
  return text.slice(0, begin) + part + text.slice(end + END.length)
}

/** @returns {Promise<Map<string, string>>} the files by their paths, with what they should be */
async function render() {
  const prettier = await import('prettier')
  const twoCores = read('two-cores.json')
  const curves = read('curves.json')
  const part = figures({ twoCores, curves, oneCore: read('one-core.json') })
  const text = withPart(fs.readFileSync(README, 'utf8'), part)
  const options = await prettier.resolveConfig(README)
  const files = new Map([[README, await prettier.format(text, { ...options, parser: 'markdown' })]])
  const chart = (/** @type {string} */ name) => path.join(ROOT, CHARTS, `${name}.svg`)
  files.set(chart('ratios'), await draw(ratioChart(twoCores)))
  for (const curve of curves.curves) {
    files.set(chart(curve.name), await draw(curveChart(curve, curves.peers)))
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
