'use strict'

/** @typedef {import('./summary').Summary} Summary */
/** @typedef {import('./summary').Row} Row */
/** @typedef {import('./summary').Figure} Figure */

/**
 * @param {number} value
 * @returns {string} with three digits at least
 */
function number(value) {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

/**
 * @param {number} value
 * @returns {string}
 */
function ratio(value) {
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(2)}×`
}

/**
 * @param {Figure} figure
 * @returns {string}
 */
function withSpread({ ratio: spread, median }) {
  if (spread === undefined) return number(median)
  const { median: middle, low, high } = spread
  const range = low === high ? '' : ` (${low.toFixed(2)}–${high.toFixed(2)})`
  return `${number(median)}  ${ratio(middle)}${range}`
}

/**
 * @param {{ server: number, client: number }} sides
 * @param {(value: number) => string} format
 * @returns {string}
 */
function both({ server, client }, format) {
  return `${format(server)} + ${format(client)}`
}

/**
 * @param {number} value between 0 and 1
 * @returns {string}
 */
function percent(value) {
  return `${Math.round(value * 100)} %`
}

/**
 * @param {string[][]} cells the first row is the head
 * @returns {string} columns aligned, the first to the left
 */
function align(cells) {
  const widths = cells[0].map((_, column) => Math.max(...cells.map(row => row[column].length)))
  return cells
    .map(row =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/**
 * @param {Summary} summary
 * @returns {string} for the terminal
 */
function textTable({ title, operation, metrics, rows, baseline }) {
  const measured = rows.filter(({ error }) => error === undefined)
  const lines = [title]
  if (measured.length > 0) {
    const head = ['', ...metrics.map(metric => metric.title), `CPU µs/${operation}`]
    const cells = measured.map(row => [
      `  ${row.title}`,
      ...metrics.map(({ name }) => withSpread(row.figures[name])),
      withSpread(row.figures.cpu),
      both(row.cpu, number),
      both(row.utilisation, percent),
    ])
    lines.push(align([[...head, 'server + client', 'event loops'], ...cells]))
  }
  if (baseline !== undefined) lines.push(`  × against ${baseline}, median (lowest–highest round)`)
  for (const { title: peer, repeats } of measured) {
    if (repeats > 0) lines.push(`  ${peer} delivered ${repeats} messages twice`)
  }
  for (const { title: peer, error } of rows) {
    if (error !== undefined) lines.push(`  ${peer} FAILED: ${error.replaceAll('\n', '\n    ')}`)
  }
  return lines.join('\n')
}

/**
 * @param {Row} row
 * @param {string} name of the metric
 * @param {boolean} isBaseline
 * @returns {string}
 */
function markdownCell(row, name, isBaseline) {
  if (row.error !== undefined) return 'failed'
  const { median, ratio: spread } = row.figures[name]
  if (spread === undefined || isBaseline) return number(median)
  return `${number(median)} (**${ratio(spread.median)}**)`
}

/**
 * @param {Summary[]} summaries
 * @param {import('./machine').Machine} machine
 * @param {{ rounds: number, time: number, warmUp: number }} options
 * @returns {string} the README's table, a line per metric and a column per peer
 */
function markdownTable(summaries, machine, { rounds, time, warmUp }) {
  const [{ rows: peers }] = summaries
  const lines = [
    `| | ${peers.map(({ title }) => title).join(' | ')} |`,
    `|---|${peers.map(() => '---:|').join('')}`,
  ]
  for (const { title, operation, metrics, rows, baseline } of summaries) {
    const shown = [
      ...metrics.filter(({ secondary }) => !secondary),
      { name: 'cpu', title: `CPU of both ends, µs/${operation}`, better: 'lower' },
    ]
    for (const [index, metric] of shown.entries()) {
      const name = index === 0 ? `${title}; ${metric.title}` : `… ${metric.title}`
      const cells = rows.map(row => markdownCell(row, metric.name, row.peer === baseline))
      lines.push(`| ${name} | ${cells.join(' | ')} |`)
    }
  }
  const baselines = [...new Set(summaries.map(({ baseline }) => baseline))]
  const against = peers.filter(({ peer }) => baselines.includes(peer)).map(({ title }) => title)
  lines.push(
    '',
    `Medians of ${rounds} rounds of ${time / 1000} s after ${warmUp / 1000} s of warm-up. In brackets: the ratio to ` +
      `${against.join(' or ')}, the median of the ratios round by round. ` +
      `${machine.cores} cores, ${machine.cpu}, ${machine.os}, ` +
      `Node ${machine.node}, ${machine.date.slice(0, 10)}.`,
  )
  return `${lines.join('\n')}\n`
}

module.exports = { textTable, markdownTable }
