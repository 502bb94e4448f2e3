'use strict'

/**
 * `npm run benchmark:cluster`: broadcasts and requests over one node and several, on NATS and on Redis, beside socket.io
 * with its Redis adapter. The same work and the same run for all. `-- --time MS --clients N --rounds N --json FILE`.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')

const { withContext } = require('../../__test__/helpers/context')
const { startBroker } = require('../../__test__/helpers/brokers')
const { table } = require('../../__test__/helpers/table')
const { makeCertificate } = require('../lib/certificates')
const { describeMachine } = require('../lib/machine')
const { median } = require('../lib/statistics')
const { number } = require('../lib/table')
const { CASES, nameOf } = require('./cases')
const { Worker } = require('./channel')
const { COLUMNS } = require('./report')

/** @typedef {import('./cases').Case} Case */
/** @typedef {Record<import('./cases').Figure, number>} Figures */

/**
 * @param {Case} which
 * @param {{ key: string, cert: string, time: number, clients: number }} options
 * @returns {Promise<Figures>}
 */
function trial({ peer, broker, nodes: count }, { key, cert, time, clients }) {
  return withContext(async t => {
    const url = broker === null ? null : (await startBroker(t, broker)).url
    const nodes = Array.from({ length: count }, () => new Worker(path.join(__dirname, 'node.js')))
    const groups = nodes.map(
      (_, group) =>
        new Worker(path.join(__dirname, 'clients.js'), ({ count: got }) =>
          nodes[0]?.tell({ group, count: got }),
        ),
    )
    t.after(() => [...nodes, ...groups].forEach(worker => worker.end()))
    for (const [at, node] of nodes.entries()) {
      const { port } = await node.ask('start', { peer, url, key, cert })
      await groups[at]?.ask('start', { peer, port, cert, count: clients })
    }
    const [origin] = nodes
    const [last, lastGroup] = [nodes.at(-1), groups.at(-1)]
    if (!origin || !last || !lastGroup) throw new Error('no node')

    const began = performance.now()
    const flood = { groups: count, warmUp: time / 2, milliseconds: time }
    const { thread, sent, total } = await origin.ask('flood', flood)
    const seconds = (performance.now() - began) / 1000
    // Each client gets each broadcast, once.
    for (;;) {
      const received = await Promise.all(groups.map(group => group.ask('received')))
      if (received.every(each => each === total * clients)) break
      if (received.some(each => each > total * clients)) throw new Error('more came than was sent')
      if (performance.now() - began > 60_000) throw new Error(`${received} of ${total * clients}`)
    }
    await Promise.all(groups.map(group => group.ask('reset')))
    await origin.ask('pace', 100)
    const { half, late } = await lastGroup.ask('latency')
    const id = await last.ask('globalId', 0)
    const { alone, late: aloneLate, rate } = await origin.ask('requests', id, time)
    return {
      thread: thread / sent,
      deliveries: (total * clients * count) / seconds,
      half,
      late,
      alone,
      aloneLate,
      rate,
    }
  })
}

/** Runs all of it. */
async function main() {
  const { values } = parseArgs({
    options: {
      time: { type: 'string', default: '2000' },
      clients: { type: 'string', default: '200' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'string' },
    },
  })
  const [time, clients, rounds] = [values.time, values.clients, values.rounds].map(Number)
  if (!time || !clients || !rounds) throw new Error('--time, --clients and --rounds are numbers')
  const machine = describeMachine()
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-benchmark-'))
  try {
    const { key, cert } = makeCertificate(folder, 'rsa')
    /** @type {Figures[][]} */
    const all = CASES.map(() => [])
    for (let round = 0; round < rounds; round++) {
      for (const [at, which] of CASES.entries()) {
        process.stderr.write(`round ${round + 1}  ${nameOf(which)}\n`)
        all[at]?.push(await trial(which, { key, cert, time, clients }))
      }
    }
    const figures = Object.values(COLUMNS).flat()
    const rows = CASES.map((which, at) => {
      const medians = figures.map(([name]) => [name, median((all[at] ?? []).map(one => one[name]))])
      return { ...which, ...Object.fromEntries(medians) }
    })
    for (const [title, columns] of Object.entries(COLUMNS)) {
      const head = [title, ...columns.map(([, column]) => column)]
      console.log(
        table(
          head,
          rows.map(row => [nameOf(row), ...columns.map(([name]) => number(row[name]))]),
        ),
      )
    }
    if (values.json) {
      const results = { machine, time, clients, rounds, rows, all }
      fs.writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
