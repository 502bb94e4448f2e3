'use strict'

/**
 * The systems that packages are tried on, each with what has to be fetched for it.
 *
 * All of Linux runs in one small Debian, by the kernel of this machine: another C library or processor needs only a
 * Node, its libraries beside the others, and for arm64 qemu. Windows runs in wine.
 *
 * @typedef {object} Row
 * @property {string} system as the table shows it
 * @property {string} library the native library's target
 * @property {string} suite of Debian
 * @property {number} node its major version
 * @property {{ name: 'bun' | 'deno', version: string }} [other] what runs the programs instead; Node only installs them
 * @property {{ suite: string, cpu: string, names: string[] }} [beside] packages for that processor or C library
 * @property {boolean} [emulated] by qemu
 * @property {string} [standIn] what is built and tried in place of the library: on Windows, in wine
 */

const ARM64 = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1']

const OTHERS = /** @type {const} */ ([
  { name: 'bun', version: '1.4' },
  { name: 'deno', version: '2.9' },
])

/** @type {Row[]} */
const ROWS = [
  ...[20, 22, 24, 26].map(node => ({
    system: 'Debian 12, x64',
    library: 'linux-x64-gnu',
    suite: 'bookworm',
    node,
  })),
  ...OTHERS.map(other => ({
    system: 'Debian 12, x64',
    library: 'linux-x64-gnu',
    suite: 'bookworm',
    node: 24,
    other,
  })),
  { system: 'Debian 11, x64', library: 'linux-x64-gnu', suite: 'bullseye', node: 22 },
  {
    system: 'musl 1.2.5, x64',
    library: 'linux-x64-musl',
    suite: 'bookworm',
    node: 24,
    // The musl of Debian 12 ends this Node.
    beside: { suite: 'trixie', cpu: 'amd64', names: ['musl'] },
  },
  {
    system: 'Debian 12, arm64',
    library: 'linux-arm64-gnu',
    suite: 'bookworm',
    node: 22,
    beside: { suite: 'bookworm', cpu: 'arm64', names: ARM64 },
    emulated: true,
  },
  {
    system: 'musl 1.2.5, arm64',
    library: 'linux-arm64-musl',
    suite: 'bookworm',
    node: 24,
    beside: { suite: 'trixie', cpu: 'arm64', names: ['musl'] },
    emulated: true,
  },
  {
    // What a release has is made by Microsoft's tools, and this by zig.
    system: 'wine 10, x64, gnullvm build',
    library: 'win32-x64-msvc',
    standIn: 'win32-x64-gnullvm',
    suite: 'trixie',
    node: 22,
  },
]

/**
 * @param {Row} row
 * @returns {string} what runs the programs there
 */
function runtimeOf({ node, other }) {
  if (other === undefined) return `Node ${node}`
  return `${{ bun: 'Bun', deno: 'Deno' }[other.name]} ${other.version}`
}

module.exports = { ROWS, runtimeOf }
