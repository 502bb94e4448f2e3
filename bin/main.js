'use strict'

const { readArguments } = require('./cli/arguments')
const { EXIT, exitCodeOf } = require('./cli/exit-codes')
const { commandHelp, mainHelp } = require('./cli/help')
const { interruptible } = require('./cli/interrupt')
const { Output } = require('./cli/output')
const { UsageError } = require('./cli/usage-error')
const { allCommands, commandOf } = require('./commands')
const { version } = require('./package')

/** @typedef {import('./cli/types').Command} Command */

/**
 * @param {string[]} args as they follow `tls-json`
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  const [name = '', ...rest] = args
  const { env, stdout, stderr } = process
  // What could not be parsed may still have asked for it.
  const out = new Output({ stdout, stderr, env, json: args.includes('--json') })
  try {
    const command = commandOf(name)
    if (command !== undefined) return await runCommand(name, command, rest)
    if (name === '--version' || name === '-v') out.print(version())
    else if (name === '--help' || name === '-h' || name === 'help') out.print(help(rest[0]))
    else throw new UsageError(name === '' ? 'which command?' : `no such command: ${name}`)
    return EXIT.ok
  } catch (err) {
    return report(out, commandOf(name) === undefined ? '' : name, err)
  }
}

/**
 * @param {string | undefined} name
 * @returns {string}
 */
function help(name) {
  const command = name === undefined ? undefined : commandOf(name)
  if (name === undefined) return mainHelp(allCommands())
  if (command === undefined) throw new UsageError(`no such command: ${name}`)
  return commandHelp(name, command)
}

/**
 * @param {string} name
 * @param {Command} command
 * @param {string[]} args
 * @returns {Promise<number>}
 */
async function runCommand(name, command, args) {
  const { env, stdin, stdout, stderr } = process
  if (args.includes('--help') || args.includes('-h')) {
    new Output({ stdout, stderr, env }).print(commandHelp(name, command))
    return EXIT.ok
  }
  const { values, positionals } = readArguments(args, command.options)
  const extra = positionals[command.most ?? 1]
  if (extra !== undefined) throw new UsageError(`what is ${extra} for? It takes no more than that`)
  const { json, quiet, 'no-color': plain } = values
  const out = new Output({ stdout, stderr, env, json, quiet, colours: !plain })
  const { signal, interrupt, stop } = interruptible()
  // Who reads our output has had enough, as `head` does: nothing can be said any more.
  let isUnread = false
  stdout.on('error', err => {
    if (/** @type {NodeJS.ErrnoException} */ (err).code !== 'EPIPE') throw err
    isUnread = true
    if (!signal.aborted) interrupt()
  })
  try {
    const code = await command.run({
      ...{ positionals, values, out, input: stdin, env, signal, interrupt },
    })
    if (isUnread) return EXIT.ok
    return code ?? (signal.aborted ? EXIT.interrupted : EXIT.ok)
  } catch (err) {
    if (isUnread) return EXIT.ok
    if (
      signal.aborted &&
      (err === signal.reason || /** @type {Error} */ (err).name === 'AbortError')
    ) {
      return EXIT.interrupted
    }
    return report(out, name, err)
  } finally {
    stop()
  }
}

/**
 * @param {Output} out
 * @param {string} name of the command, or nothing
 * @param {unknown} err
 * @returns {number} the exit code
 */
function report(out, name, err) {
  const { message, code, hint } = /** @type {Error & { code?: string, hint?: string }} */ (err)
  const exitCode = exitCodeOf(err)
  // Where a name has several addresses, each has an error, and they have no message together.
  const said =
    message === '' && err instanceof AggregateError
      ? err.errors.map(each => each.message).join('; ')
      : message
  const text = code === undefined || said.includes(code) ? said : `${said} (${code})`
  if (out.json) out.print(JSON.stringify({ error: { code, message: said }, exitCode }))
  const command = `tls-json${name === '' ? '' : ` ${name}`}`
  out.stderr.write(`${out.styled(`${command}:`, 'red', 'stderr')} ${text}\n`)
  if (hint !== undefined) out.note(hint)
  // A fault of ours.
  if (err instanceof TypeError && code === undefined) out.stderr.write(`${err.stack}\n`)
  if (err instanceof UsageError) out.stderr.write(`See \`${command} --help\`.\n`)
  return exitCode
}

module.exports = { main }
