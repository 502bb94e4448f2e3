'use strict'

const fs = require('node:fs')
const path = require('node:path')

const { CONNECTION, aborted, clientOptions, withDoctor } = require('../cli/connection')
const { EXIT, Failure } = require('../cli/exit-codes')
const { askable, parseJson } = require('../cli/lines')
const { targetText, readTarget } = require('../cli/target')
const { UsageError } = require('../cli/usage-error')
const { bytes, count, countOrNone, duration, rate } = require('../cli/values')
const { bottleneck } = require('../load/bottleneck')
const { EventLoop } = require('../load/event-loop')
const { readExpectation } = require('../load/expectation')
const { Fleet } = require('../load/fleet')
const { Generator, payloads } = require('../load/generator')
const { Progress, loadText } = require('../load/progress')
const { Recorder } = require('../load/recorder')
const { summaryObject, summaryText } = require('../load/summary')
const { loadPicture } = require('../load/svg')

/** @typedef {import('../cli/types').Context} Context */

/** @type {import('../cli/types').Options} */
const LOAD = {
  mode: {
    type: 'string',
    value: 'request|message',
    default: 'request',
    description: 'what is sent; nothing answers a message, unless --echo',
  },
  connections: {
    type: 'string',
    short: 'c',
    value: 'COUNT',
    default: '10',
    parse: count,
    description: 'so many',
  },
  rate: {
    type: 'string',
    short: 'R',
    value: 'RATE',
    parse: rate,
    description:
      'so many in all, such as 5000/s, whatever becomes of them; latency counts from when each was due',
  },
  'in-flight': {
    type: 'string',
    value: 'COUNT',
    default: '1',
    parse: count,
    description: 'without --rate: so many wait for answers on each connection, always',
  },
  duration: {
    type: 'string',
    short: 'd',
    value: 'TIME',
    default: '10s',
    parse: duration,
    description: 'how long',
  },
  warmup: {
    type: 'string',
    value: 'TIME',
    default: '1s',
    parse: text => (/^0(ms|s|m|h)?$/.test(text) ? 0 : duration(text)),
    description: 'before that, the same without being counted',
  },
  size: {
    type: 'string',
    value: 'BYTES',
    default: '250',
    parse: bytes,
    description: 'of each as JSON',
  },
  data: {
    type: 'string',
    value: 'JSON',
    parse: text => parseJson(text, text),
    description: 'what is sent, in place of {"load":N,"pad":"x..."}',
  },
  echo: {
    type: 'boolean',
    description: 'the server sends messages back as they are: measures that way',
  },
  expect: {
    type: 'string',
    value: 'WHAT',
    multiple: true,
    parse: readExpectation,
    description:
      'ends with 1 unless it holds: p99<20ms, mean<1ms, max<1s, rate>5000/s, errors<0.1%',
  },
  'max-errors': {
    type: 'string',
    value: 'COUNT',
    default: '0',
    parse: countOrNone,
    description: 'ends with 1 if there are more',
  },
  svg: {
    type: 'string',
    value: 'FILE',
    description: 'writes a picture of rate and latency over time',
  },
}

/**
 * @param {Context['values']} values
 * @returns {Record<string, any>}
 */
function checked(values) {
  const { mode, echo, data, svg } = values
  if (mode !== 'request' && mode !== 'message') throw new UsageError('--mode: request or message')
  if (mode === 'request' && data !== undefined) askable(data)
  if (echo && mode !== 'message') throw new UsageError('--echo is for --mode message')
  if (echo && data !== undefined) {
    throw new UsageError('--echo and --data: what comes back is known by the number in it')
  }
  if (svg !== undefined) requireWritable(svg)
  return values
}

/** @param {string} file that is written at the end, when it would be a pity */
function requireWritable(file) {
  try {
    fs.accessSync(path.dirname(path.resolve(file)), fs.constants.W_OK)
  } catch (err) {
    throw cannotWrite(file, err)
  }
}

/**
 * @param {string} file
 * @param {unknown} err
 */
function cannotWrite(file, err) {
  const { code } = /** @type {NodeJS.ErrnoException} */ (err)
  return new UsageError(`--svg: cannot write ${file}: ${code}`)
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>} when it is over, or somebody has had enough
 */
async function passed(ms, signal) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const time = new Promise(resolve => (timer = setTimeout(resolve, ms)))
  await Promise.race([time, aborted(signal).catch(() => {})])
  clearTimeout(timer)
}

/**
 * @param {Context} context
 * @param {Fleet} fleet
 * @returns {Promise<{ recorder: Recorder, busy: number, heldUpMs: number }>}
 */
async function drive({ values, signal, out }, fleet) {
  const { mode, echo = false, size, data, rate: perSecond, timeout, warmup, duration: ms } = values
  const recorder = new Recorder()
  const payload = payloads(size, data)
  const generator = new Generator(fleet, recorder, { mode, echo, payload })
  const progress = new Progress(out, () => loadText(recorder, ms, () => recorder.isRunning))
  if (perSecond === undefined) generator.runClosedLoop(values['in-flight'])
  else generator.runConstantRate(perSecond)
  await passed(warmup, signal)
  const eventLoop = new EventLoop()
  recorder.start()
  const ticker = setInterval(() => recorder.tick(performance.now()), 50)
  await Promise.race([passed(ms, signal), fleet.gone])
  recorder.stop()
  const own = eventLoop.stop()
  clearInterval(ticker)
  await Promise.race([generator.stop(timeout), aborted(signal).catch(() => {})])
  progress.end()
  return { recorder, ...own }
}

/** @type {import('../cli/types').Command} */
const command = {
  summary: 'Load a server, and measure how it bears it',
  usage: ['host:port'],
  options: { ...LOAD, ...CONNECTION },
  notes: [
    'Without --rate the next request follows the answer: that finds what the server can do, and hides how long others wait while it is slow. With --rate the wait counts, too.',
  ],
  examples: [
    [
      'tls-json load localhost:8888 --ca localhost.crt -c 100 -R 5000/s -d 30s --expect "p99<20ms"',
      'whether it bears 5000 requests a second',
    ],
    [
      'tls-json load localhost:8888 --ca localhost.crt -c 50 --in-flight 8 --svg load.svg',
      'how many it bears',
    ],
  ],
  async run(context) {
    const values = checked(context.values)
    const { out, signal } = context
    const { connections } = values
    const options = await clientOptions(context)
    // One more key in the login line, for errors as answers, is nothing that a load wants.
    const fleet = new Fleet({ ...options, extensions: false }, signal)
    const started = performance.now()
    const opening = new Progress(out, () => `${fleet.clients.length} of ${connections} connections`)
    try {
      await fleet.open(connections)
    } catch (err) {
      await fleet.close()
      throw withDoctor(err, context)
    } finally {
      opening.end()
    }
    const openedMs = performance.now() - started
    const { recorder, busy, heldUpMs } = await drive(context, fleet)
    const { lost } = fleet
    await fleet.close()

    const results = recorder.results()
    const limit = bottleneck(results, { busy, heldUpMs, rate: values.rate })
    const expected = [...(values.expect ?? [])].map(({ text, measure, holds }) => {
      const value = measure(results)
      return { text, value, holds: value !== undefined && holds(value) }
    })
    const { mode, rate: perSecond } = values
    const run = {
      mode,
      connections,
      openedMs,
      lost,
      rate: perSecond,
      busy,
      heldUpMs,
      bottleneck: limit,
      expected,
    }
    if (out.json) out.print(JSON.stringify(summaryObject(run, results)))
    else out.print(summaryText(run, results))
    if (limit !== undefined) {
      out.warn(
        `this generator is the bottleneck: ${limit}. The figures are its own; use several, or more cores.`,
      )
    }
    if (values.svg !== undefined) writePicture(values.svg, results, context)
    if (lost === connections) throw new Failure('lost', 'all connections were lost')
    if (signal.aborted) return EXIT.interrupted
    const isWell =
      results.count > 0 &&
      results.errors <= values['max-errors'] &&
      expected.every(({ holds }) => holds)
    return isWell ? EXIT.ok : EXIT.failed
  },
}

/**
 * @param {string} file
 * @param {import('../load/recorder').Results} results
 * @param {Context} context
 */
function writePicture(file, { rows }, { positionals, values }) {
  const title = `${targetText(readTarget(positionals[0]))}, ${values.mode}s, ${values.connections} connections`
  try {
    fs.writeFileSync(file, loadPicture(rows, title))
  } catch (err) {
    throw cannotWrite(file, err)
  }
}

module.exports = command
