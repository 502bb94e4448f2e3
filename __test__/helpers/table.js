'use strict'

/**
 * @param {string[]} head
 * @param {string[][]} rows
 * @returns {string} as Markdown, readable as it is
 */
function table(head, rows) {
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map(row => row[at]?.length ?? 0)),
  )
  const show = (/** @type {string[]} */ cells) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  return [show(head), show(widths.map(width => '-'.repeat(width))), ...rows.map(show)].join('\n')
}

module.exports = { table }
