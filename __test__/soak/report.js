'use strict'

const os = require('node:os')

const { line } = require('../helpers/census')
const { table } = require('../helpers/table')

/** The part of the samples that shows how things settle, not whether they grow. */
const WARM_UP = 1 / 3

/** Fewer samples behind the warm-up, or less time, say nothing. */
const ENOUGH = { samples: 10, ms: 60_000 }

/**
 * What may grow between the end of the warm-up and the end, by the line through the samples: this
 * part of what there was, or so much, whichever is more. Twice that of the whole run is noise of
 * the allocator and of how many clients happen to be connected.
 *
 * @type {Record<'heap' | 'external' | 'resident' | 'descriptors' | 'threads', { part: number, least: number }>}
 */
const TOLERANCES = {
  heap: { part: 0.1, least: 4 },
  external: { part: 0.1, least: 4 },
  resident: { part: 0.1, least: 24 },
  descriptors: { part: 0.1, least: 16 },
  threads: { part: 0, least: 1 },
}

const UNITS = { heap: 'MB', external: 'MB', resident: 'MB', descriptors: '', threads: '' }

/** More descriptors than before the first connection: the engine's own. */
const OWN_DESCRIPTORS = 10

/**
 * @typedef {object} Growth
 * @property {string} process
 * @property {string} what
 * @property {number} from on the line, after the warm-up
 * @property {number} to on the line, at the end
 * @property {number} perHour
 * @property {number} percent
 * @property {'flat' | 'grew' | 'too short'} trend
 */

/**
 * @param {import('./process').Process} process
 * @returns {Growth[]}
 */
function growths({ name, samples, during: end }) {
  // The first is from before any connection.
  const during = samples.slice(1, end)
  const warm = during.slice(Math.ceil(during.length * WARM_UP))
  const first = warm[0]
  const last = warm.at(-1)
  if (!first || !last) return []
  return Object.entries(TOLERANCES).flatMap(([key, { part, least }]) => {
    const what = /** @type {keyof typeof TOLERANCES} */ (key)
    if (first[what] === null) return []
    const { at, slope } = line(warm.map(sample => [sample.ms, Number(sample[what])]))
    const from = at(first.ms)
    const to = at(last.ms)
    const short = warm.length < ENOUGH.samples || last.ms - first.ms < ENOUGH.ms
    const grew = to - from > Math.max(least, from * part)
    return {
      process: name,
      what,
      from,
      to,
      perHour: slope * 3_600_000,
      percent: from === 0 ? 0 : ((to - from) / from) * 100,
      trend: short ? 'too short' : grew ? 'grew' : 'flat',
    }
  })
}

/**
 * What a process still holds when all has ended.
 *
 * @param {import('./process').Process} process
 * @returns {{ kind: string, detail: string }[]}
 */
function leftovers({ name, samples }) {
  const before = samples[0]
  const after = samples.at(-1)
  if (!before || !after || before.descriptors === null || after.descriptors === null) return []
  const left = after.descriptors - before.descriptors
  if (left <= OWN_DESCRIPTORS) return []
  return [{ kind: 'left', detail: `${name}: ${left} descriptors` }]
}

/**
 * Everything that makes a soak fail.
 *
 * @param {import('./play').Outcome} outcome
 * @returns {{ kind: string, detail: string }[]}
 */
function failures({ findings, processes, counts }) {
  const grew = processes
    .flatMap(growths)
    .filter(({ trend }) => trend === 'grew')
    .map(({ process: name, what, from, to }) => ({
      kind: 'grew',
      detail: `${name}: ${what} from ${from.toFixed(1)} to ${to.toFixed(1)}`,
    }))
  const idle = ['to server', 'received', 'answered', 'responses of clients']
    .filter(name => !counts[name])
    .map(name => ({ kind: 'nothing happened', detail: name }))
  return [...findings, ...processes.flatMap(leftovers), ...grew, ...idle]
}

/**
 * @param {{ kind: string, detail: string }[]} list
 * @returns {string} how many of each kind, and the first details
 */
function found(list) {
  /** @type {Map<string, string[]>} */
  const kinds = new Map()
  for (const { kind, detail } of list) kinds.set(kind, [...(kinds.get(kind) ?? []), detail])
  const rows = [...kinds].map(([kind, details]) => [
    kind,
    String(details.length),
    details.slice(0, 3).join('; ').replaceAll('|', '\\|'),
  ])
  return table(['what', 'how often', 'the first'], rows)
}

/**
 * The report of a soak, as Markdown.
 *
 * @param {import('./play').Outcome} outcome
 * @returns {string}
 */
function report(outcome) {
  const { setting, counts, processes, ofOriginal } = outcome
  const wrong = failures(outcome)
  const cpu = os.cpus()[0]?.model ?? 'unknown'
  const facts = [
    ['result', wrong.length === 0 ? 'passed' : `FAILED: ${wrong.length} findings`],
    ['seed', String(setting.seed)],
    ['minutes', String(Number((setting.seconds / 60).toFixed(2)))],
    ['clients', String(setting.clients)],
    ['transport', setting.transport ?? 'as the options need'],
    ['with the original', setting.reference === undefined ? 'no' : 'yes'],
    ['machine', `${process.platform} ${process.arch}, ${os.cpus().length} × ${cpu}`],
    ['Node', process.versions.node],
  ]
  const growth = processes.flatMap(growths).map(each => {
    const unit = UNITS[/** @type {keyof typeof UNITS} */ (each.what)]
    const number = (/** @type {number} */ value) => `${value.toFixed(1)} ${unit}`.trim()
    const { percent, trend } = each
    const per = `${number(each.perHour)}/h`
    const cells = [each.process, each.what, number(each.from), number(each.to), per]
    return [...cells, `${percent.toFixed(1)} %`, trend]
  })
  const counted = Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => [name, String(count)])
  return [
    table(['', ''], facts),
    table(['process', 'what', 'after warm-up', 'at the end', 'slope', 'growth', ''], growth),
    table(['counted', ''], counted),
    ...(wrong.length > 0 ? [`Findings:\n\n${found(wrong)}`] : []),
    ...(ofOriginal.length > 0 ? [`Found by ends of the original:\n\n${found(ofOriginal)}`] : []),
  ].join('\n\n')
}

module.exports = { failures, growths, report }
