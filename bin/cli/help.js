'use strict'

const { COMMON } = require('./arguments')

/** @typedef {import('./types').Command} Command */
/** @typedef {import('./types').Option} Option */

/** Columns of the left side; what is longer has its description in the next line. */
const LEFT = 27

/** Terminals are at least so wide. */
const WIDTH = 80

/**
 * @param {string} text
 * @param {number} indent
 * @returns {string[]} lines of at most 80 columns when they stand behind the indent
 */
function wrapped(text, indent) {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = /** @type {string} */ (lines.at(-1))
    if (last !== '' && indent + last.length + 1 + word.length > WIDTH) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}

/**
 * @param {string} left
 * @param {string} right
 * @returns {string[]}
 */
function row(left, right) {
  const [first = '', ...rest] = wrapped(right, LEFT + 2).map(line => line.padStart(0))
  const indent = ' '.repeat(LEFT + 2)
  const head = `  ${left}`
  const lines = head.length <= LEFT ? [`${head.padEnd(LEFT + 2)}${first}`] : [head, indent + first]
  return [...lines, ...rest.map(line => indent + line)]
}

/**
 * @param {string} name
 * @param {Option} option
 * @returns {string[]}
 */
function optionRow(name, { short, value, description, default: usual, multiple }) {
  const flag = `${short === undefined ? '    ' : `-${short}, `}--${name}`
  const more = [
    ...(multiple ? ['may be given several times'] : []),
    ...(usual === undefined ? [] : [`default: ${usual}`]),
  ]
  const right = more.length === 0 ? description : `${description} (${more.join('; ')})`
  return row(value === undefined ? flag : `${flag} ${value}`, right)
}

/**
 * @param {string} name
 * @param {Command} command
 * @returns {string} what `tls-json NAME --help` says
 */
function commandHelp(name, { summary, usage, options, examples, notes = [] }) {
  const rows = Object.entries({ ...options, ...COMMON }).flatMap(([key, option]) =>
    optionRow(key, option),
  )
  const forms = usage.map(form => `  tls-json ${name} ${form}`.trimEnd())
  const shown = examples.flatMap(([line, what]) => [`  # ${what}`, `  ${line}`])
  return [
    `${summary}.`,
    ['Usage:', ...forms].join('\n'),
    ['Options:', ...rows].join('\n'),
    ...notes.map(note => wrapped(note, 0).join('\n')),
    ['Examples:', ...shown].join('\n'),
  ].join('\n\n')
}

/**
 * @param {[name: string, command: Command][]} commands
 * @returns {string} what `tls-json --help` says
 */
function mainHelp(commands) {
  return [
    'Tries, examines and loads servers and clients that speak JSON over TLS.',
    'Usage:\n  tls-json COMMAND [options]\n  tls-json COMMAND --help\n  tls-json --version',
    ['Commands:', ...commands.flatMap(([name, { summary }]) => row(name, summary))].join('\n'),
    [
      'A server is host:port, [address]:port, or unix:/path. Its password comes from',
      '--password-file, or from TLSJSON_PASSWORD in the environment.',
    ].join('\n'),
  ].join('\n\n')
}

module.exports = { commandHelp, mainHelp, wrapped }
