'use strict'

// Scripts that complete commands, their options, subcommands, and files where an option takes one.

const { COMMON } = require('./arguments')

/** @typedef {import('./types').Command} Command */
/** @typedef {[name: string, command: Command][]} Commands */

/**
 * @param {Command} command
 * @returns {import('./types').Options}
 */
function optionsOf({ options }) {
  return { ...options, ...COMMON }
}

/**
 * @param {string | undefined} value as the help shows it
 * @returns {string[] | undefined} the words it may be, if these are listed
 */
function wordsOf(value) {
  return value !== undefined && /^[a-z0-9-]+(\|[a-z0-9-]+)+$/.test(value)
    ? value.split('|')
    : undefined
}

/**
 * @param {Commands} commands
 * @returns {string}
 */
function bash(commands) {
  const names = commands.map(([name]) => name).join(' ')
  const cases = commands.map(([name, command]) => {
    const flags = Object.keys(optionsOf(command)).map(option => `--${option}`)
    return `    ${name}) words="${flags.join(' ')}" first="${(command.words ?? []).join(' ')}" ;;`
  })
  /** @type {Map<string, string>} */
  const values = new Map()
  for (const [, command] of commands) {
    for (const [option, { value, type }] of Object.entries(optionsOf(command))) {
      if (type !== 'string') continue
      const words = wordsOf(value)
      const reply =
        value === 'FILE' ? '-f' : words === undefined ? undefined : `-W "${words.join(' ')}"`
      values.set(
        option,
        reply === undefined ? 'COMPREPLY=()' : `COMPREPLY=($(compgen ${reply} -- "$word"))`,
      )
    }
  }
  const taking = [...values].map(([option, reply]) => `    --${option}) ${reply}; return ;;`)
  return `_tls_json() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words= first=
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$word"))
    return
  fi
  case $before in
${taking.join('\n')}
  esac
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 2 ] && [ -n "$first" ]; then words="$first $words"; fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _tls_json tls-json`
}

/** @param {string} text @returns {string} for zsh's lists of `name:description` and `[description]` */
function zshText(text) {
  return text.replaceAll("'", '’').replace(/[[\]:]/g, '\\$&')
}

/**
 * @param {Commands} commands
 * @returns {string}
 */
function zsh(commands) {
  const list = commands.map(([name, { summary }]) => `    '${name}:${zshText(summary)}'`)
  const cases = commands.map(([name, command]) => {
    const options = Object.entries(optionsOf(command)).map(([option, all]) => {
      const { type, value = '', description, multiple } = all
      const words = wordsOf(value)
      const action =
        value === 'FILE' ? '_files' : words === undefined ? ' ' : `(${words.join(' ')})`
      const argument = type === 'string' ? `:${zshText(value)}:${action}` : ''
      return `'${multiple ? '*' : ''}--${option}[${zshText(description)}]${argument}'`
    })
    const first = command.words ? [`'1:what:(${command.words.join(' ')})'`] : ["'1: :'"]
    return `    ${name}) _arguments -s ${[...options, ...first, "'*:file:_files'"].join(' \\\n      ')} ;;`
  })
  return `#compdef tls-json
_tls-json() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _tls-json ]; then _tls-json "$@"; else compdef _tls-json tls-json; fi`
}

/** @param {string} text @returns {string} */
function fishText(text) {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

/**
 * @param {Commands} commands
 * @returns {string}
 */
function fish(commands) {
  const lines = commands.flatMap(([name, command]) => {
    const inside = `complete -c tls-json -n '__fish_seen_subcommand_from ${name}'`
    const options = Object.entries(optionsOf(command)).map(([option, all]) => {
      const { type, value, description, short } = all
      const words = wordsOf(value)
      const takes =
        value === 'FILE' ? ' -r -F' : words === undefined ? ' -x' : ` -x -a '${words.join(' ')}'`
      const flags = `${short === undefined ? '' : ` -s ${short}`} -l ${option}`
      return `${inside}${flags}${type === 'string' ? takes : ''} -d ${fishText(description)}`
    })
    const first = command.words ? [`${inside} -a '${command.words.join(' ')}'`] : []
    const summary = `-a ${name} -d ${fishText(command.summary)}`
    return [`complete -c tls-json -n __fish_use_subcommand ${summary}`, ...first, ...options]
  })
  return ['complete -c tls-json -f', ...lines].join('\n')
}

/** @type {Record<string, (commands: Commands) => string>} */
const WRITERS = { bash, zsh, fish }

const SHELLS = Object.keys(WRITERS)

/**
 * @param {string} shell one of `SHELLS`
 * @param {Commands} commands
 * @returns {string} without a newline at the end
 */
function completionScript(shell, commands) {
  const write = WRITERS[shell]
  if (write === undefined) throw new Error(`no completion for ${shell}`)
  return write(commands)
}

module.exports = { SHELLS, completionScript }
