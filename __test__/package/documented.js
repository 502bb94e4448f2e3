'use strict'

// What the documents say, as far as it has a form.

const assert = require('node:assert/strict')

/** What a default is written as: a literal first, then its unit. */
const LITERALS = new Map(Object.entries({ undefined, Infinity, true: true, none: undefined }))
const UNITS = new Map(
  Object.entries({ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, s: 1000, ms: 1, '': 1 }),
)

/**
 * @param {string} text such as `64 MiB`, `30,000`, `'localhost'`, `none`, `67108864 bytes (64 MiB)`
 * @returns {unknown}
 */
function valueOf(text) {
  const [, first = '', unit = ''] = text.match(/^`?([^\s`]+)`? ?(\w*)/) ?? []
  if (LITERALS.has(first)) return LITERALS.get(first)
  if (/^'.*'$/.test(first)) return first.slice(1, -1)
  const factor = UNITS.get(/^(bytes|milliseconds)$/.test(unit) ? '' : unit)
  const number = Number(first.replaceAll(',', '')) * (factor ?? NaN)
  assert.ok(!Number.isNaN(number), `no default: ${text}`)
  return number
}

/**
 * @param {string} text
 * @param {string} heading
 * @returns {string} what stands below it
 */
function section(text, heading) {
  const [marks = ''] = heading.split(' ')
  const [, rest] = text.split(`\n${heading}\n`)
  assert.ok(rest !== undefined, `no heading "${heading}"`)
  return rest.split(new RegExp(`^#{1,${marks.length}} `, 'm'))[0] ?? ''
}

/**
 * @param {string} text
 * @returns {Map<string, string>} the options of a list and their defaults
 */
function entries(text) {
  const found = text.matchAll(/^- `(\w+)` \((?:\w+, )?default ([^)]+)\):/gm)
  return new Map([...found].map(([, name, byDefault]) => [String(name), String(byDefault)]))
}

module.exports = { entries, section, valueOf }
