'use strict'

const { OURS } = require('./summary')

/** @typedef {import('./summary').Summary} Summary */
/** @typedef {import('./summary').Row} Row */
/** @typedef {import('./summary').Figure} Figure */

/**
 * @param {number} value
 * @returns {string} with three digits at least
 */
function number(value) {
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2
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
  if (value >= 10) return `${value.toFixed(0)}×`
  return `${value >= 0.1 ? value.toFixed(2) : value.toPrecision(2)}×`
}

/**
 * @param {Figure} figure
 * @returns {string}
 */
function withSpread({ value, ours }) {
  if (ours === undefined) return number(value.median)
  const range = ours.low === ours.high ? '' : ` (${ours.low.toFixed(2)}–${ours.high.toFixed(2)})`
  return `${number(value.median)}  ${ratio(ours.median)}${range}`
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
 * @returns {string} for the terminal; × is what ours has in relation to the other, with the lowest and highest round
 */
function textTable({ title, metrics, rows }) {
  const measured = rows.filter(({ error }) => error === undefined)
  const lines = [title]
  if (measured.length > 0) {
    const head = ['', ...metrics.map(metric => metric.title), 'server + client', 'event loops']
    const cells = measured.map(row => [
      `  ${row.title}`,
      ...metrics.map(({ name }) => withSpread(row.figures[name])),
      both(row.cpu, number),
      both(row.utilisation, percent),
    ])
    lines.push(align([head, ...cells]))
  }
  for (const { title: peer, repeats } of measured) {
    if (repeats > 0) lines.push(`  ${peer} delivered ${repeats} messages twice`)
  }
  for (const { title: peer, error } of rows) {
    if (error !== undefined) lines.push(`  ${peer} FAILED: ${error.replaceAll('\n', '\n    ')}`)
  }
  return lines.join('\n')
}

/**
 * @param {Row | undefined} row
 * @param {string} name of the metric
 * @returns {string}
 */
function markdownCell(row, name) {
  if (row === undefined) return '–'
  if (row.error !== undefined) return 'failed'
  const { value, ours } = row.figures[name]
  if (ours === undefined) return `**${number(value.median)}**`
  return `${number(value.median)} (${ratio(ours.median)})`
}

/**
 * @param {Summary[]} summaries
 * @param {{ name: string, title: string }[]} peers the columns
 * @returns {string} a line per metric
 */
function markdownTable(summaries, peers) {
  const ordered = [...peers].sort((a, b) => Number(b.name === OURS) - Number(a.name === OURS))
  const lines = [
    `| | ${ordered.map(({ title }) => title).join(' | ')} |`,
    `|---|${ordered.map(() => '---:|').join('')}`,
  ]
  for (const { title, metrics, rows } of summaries) {
    for (const [index, metric] of metrics.filter(({ secondary }) => !secondary).entries()) {
      const name = index === 0 ? `${title}; ${metric.title}` : `… ${metric.title}`
      const cells = ordered.map(peer =>
        markdownCell(
          rows.find(row => row.peer === peer.name),
          metric.name,
        ),
      )
      lines.push(`| ${name} | ${cells.join(' | ')} |`)
    }
  }
  return `${lines.join('\n')}\n`
}

module.exports = { textTable, markdownTable, number, ratio }
