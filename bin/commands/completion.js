'use strict'

const { completionScript, SHELLS } = require('../cli/completion')
const { UsageError } = require('../cli/usage-error')

/** @type {import('../cli/types').Command} */
const command = {
  summary: 'Print a script that completes commands and options in a shell',
  usage: [SHELLS.join('|')],
  options: {},
  words: SHELLS,
  examples: [
    ['eval "$(tls-json completion bash)"', 'in bash, or in ~/.bashrc'],
    ['tls-json completion zsh > ~/.zfunc/_tls-json', 'in zsh, if ~/.zfunc is in fpath'],
    ['tls-json completion fish > ~/.config/fish/completions/tls-json.fish', 'in fish'],
  ],
  async run({ positionals, out }) {
    const [shell = ''] = positionals
    if (positionals.length !== 1 || !SHELLS.includes(shell)) {
      throw new UsageError(`for which shell? ${SHELLS.join(', ')}`)
    }
    // The table has this command in it, too.
    const { allCommands } = require('../commands')
    out.print(completionScript(shell, allCommands()))
  },
}

module.exports = command
