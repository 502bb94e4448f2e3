'use strict'

const { parseArgs } = require('node:util')

const { UsageError } = require('./usage-error')

/** @typedef {import('./types').Options} Options */

/** Options that every command has. @type {Options} */
const COMMON = {
  json: { type: 'boolean', description: 'results as JSON, an object a line' },
  quiet: { type: 'boolean', short: 'q', description: 'results, warnings and errors only' },
  'no-color': { type: 'boolean', description: 'no colours; so does NO_COLOR in the environment' },
  help: { type: 'boolean', short: 'h', description: 'this text' },
}

/**
 * @param {string[]} args
 * @param {Options} options of the command
 * @returns {{ values: Record<string, any>, positionals: string[] }}
 * @throws {UsageError}
 */
function readArguments(args, options) {
  const all = { ...options, ...COMMON }
  const config = Object.fromEntries(
    Object.entries(all).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }), ...(multiple ? { multiple } : {}) },
    ]),
  )
  const { values: given, positionals } = parsed(args, config)
  const texts = /** @type {Record<string, unknown>} */ (given)
  /** @type {Record<string, any>} */
  const values = {}
  for (const [name, { default: usual, parse, multiple }] of Object.entries(all)) {
    const text = texts[name] ?? (multiple && usual !== undefined ? [usual] : usual)
    if (text !== undefined) values[name] = converted(name, text, parse)
  }
  return { values, positionals }
}

/**
 * @param {string[]} args
 * @param {import('node:util').ParseArgsConfig['options']} options
 */
function parsed(args, options) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (err) {
    const { code, message } = /** @type {Error & { code?: string }} */ (err)
    if (!code?.startsWith('ERR_PARSE_ARGS_')) throw err
    const [first = message] = message.split(/\. |\n/)
    throw new UsageError(first)
  }
}

/**
 * @param {string} name
 * @param {unknown} given
 * @param {((text: string) => unknown) | undefined} parse
 * @returns {unknown}
 */
function converted(name, given, parse) {
  if (parse === undefined) return given
  try {
    return Array.isArray(given) ? given.map(parse) : parse(String(given))
  } catch (err) {
    if (err instanceof UsageError) throw new UsageError(`--${name}: ${err.message}`)
    throw err
  }
}

module.exports = { COMMON, readArguments }
