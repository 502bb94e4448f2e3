'use strict'

// What the shells complete, asked of the shells themselves.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { NAMES, allCommands } = require('../../bin/commands')
const { completionScript } = require('../../bin/cli/completion')
const { temporaryFolder } = require('../helpers/cleanup')
const { Running, noTerminal } = require('../helpers/command')

/**
 * @param {string} shell
 * @returns {string | false} why it cannot be asked
 */
function missing(shell) {
  return spawnSync(shell, ['--version']).status === 0 ? false : `${shell} is not here`
}

/**
 * @param {import('node:test').TestContext} t
 * @param {string} shell
 * @param {string} text of a program for the shell, which has the script as $1
 * @returns {string[]} the words it printed
 */
function ask(t, shell, text) {
  const folder = temporaryFolder(t)
  const file = path.join(folder, '_tls-json')
  fs.writeFileSync(file, `${completionScript(shell, allCommands())}\n`)
  fs.writeFileSync(path.join(folder, 'chain.pem'), '')
  const program = path.join(folder, 'program')
  fs.writeFileSync(program, text)
  const { stdout, stderr, status } = spawnSync(shell, [program, file], {
    ...{ cwd: folder, encoding: 'utf8', timeout: 60_000 },
    env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
  })
  assert.equal(status, 0, stderr)
  assert.equal(stderr, '')
  return stdout.split(/\s+/).filter(word => word !== '')
}

/** What is typed, the last word unfinished; and what it may become. @type {[line: string[], expected: string[]][]} */
const CASES = [
  [[''], [...NAMES, '--help', '--version']],
  [['re'], ['request']],
  [
    ['request', 'localhost:1', '--passw'],
    ['--password', '--password-file', '--password-json'],
  ],
  [['completion', 'z'], ['zsh']],
  [['send', 'localhost:1', '--ca', 'cha'], ['chain.pem']],
]

test('bash', { skip: missing('bash') }, t => {
  for (const [words, expected] of CASES) {
    const line = ['tls-json', ...words].map(word => `'${word}'`).join(' ')
    const found = ask(
      t,
      'bash',
      `. "$1"; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _tls_json; printf '%s\\n' "\${COMPREPLY[@]}"`,
    )
    assert.deepEqual(found.sort(), [...expected].sort(), line)
  }
})

test('fish', { skip: missing('fish') }, t => {
  for (const [words, expected] of CASES) {
    const line = ['tls-json', ...words].join(' ')
    // Without a word begun it gives no options.
    const wanted = words.length === 1 && words[0] === '' ? NAMES : expected
    const found = ask(
      t,
      'fish',
      `source $argv[1]; complete -C '${line}' | string replace -r '\\t.*' ''; true`,
    )
    assert.deepEqual(found.sort(), [...wanted].sort(), line)
  }
})

test('zsh, as somebody types', { skip: missing('zsh') || noTerminal }, async t => {
  const folder = temporaryFolder(t)
  fs.writeFileSync(path.join(folder, '_tls-json'), `${completionScript('zsh', allCommands())}\n`)
  const start = "PS1='ready> '\nfpath=($ZDOTDIR $fpath)\nautoload -Uz compinit && compinit -D -u\n"
  fs.writeFileSync(path.join(folder, '.zshrc'), start)
  fs.writeFileSync(path.join(folder, 'chain.pem'), '')
  const options = { env: { ZDOTDIR: folder }, cwd: folder, terminal: true, program: ['zsh', '-i'] }
  const shell = new Running(t, [], options)
  await shell.prints(/ready> /)
  for (const [typed, completed] of /** @type {[string, RegExp][]} */ ([
    ['tls-json req', /tls-json request/],
    ['localhost:1 --password-f', /--password-file/],
    ['cha', /chain\.pem/],
  ])) {
    shell.type(`${typed}\t`)
    await shell.prints(completed)
  }
  shell.type('\x15exit\r')
  assert.equal((await shell.end()).code, 0)
})

test('zsh, sourced', { skip: missing('zsh') }, t => {
  const text = 'autoload -Uz compinit && compinit -D -u; source $1; print -r -- $_comps[tls-json]'
  assert.deepEqual(ask(t, 'zsh', text), ['_tls-json'])
})
