'use strict'

/**
 * The systems that releases have a ready library for.
 *
 * @typedef {object} Platform
 * @property {string} name as in the names of the library's file and of its package
 * @property {string} triple what Rust calls it
 * @property {'linux' | 'darwin' | 'win32'} os as npm's `os`
 * @property {'x64' | 'arm64'} cpu as npm's `cpu`
 * @property {'glibc' | 'musl'} [libc] as npm's `libc`
 * @property {string} [oldest] the oldest C library or system that it loads on
 */

/** What Node 20 itself needs is 2.28; 2.17 costs nothing and is what others build for. */
const OLDEST_GLIBC = '2.17'

/** @type {Platform[]} */
const PLATFORMS = [
  {
    name: 'linux-x64-gnu',
    triple: 'x86_64-unknown-linux-gnu',
    os: 'linux',
    cpu: 'x64',
    libc: 'glibc',
    oldest: OLDEST_GLIBC,
  },
  {
    name: 'linux-arm64-gnu',
    triple: 'aarch64-unknown-linux-gnu',
    os: 'linux',
    cpu: 'arm64',
    libc: 'glibc',
    oldest: OLDEST_GLIBC,
  },
  {
    name: 'linux-x64-musl',
    triple: 'x86_64-unknown-linux-musl',
    os: 'linux',
    cpu: 'x64',
    libc: 'musl',
  },
  {
    name: 'linux-arm64-musl',
    triple: 'aarch64-unknown-linux-musl',
    os: 'linux',
    cpu: 'arm64',
    libc: 'musl',
  },
  {
    name: 'darwin-arm64',
    triple: 'aarch64-apple-darwin',
    os: 'darwin',
    cpu: 'arm64',
    oldest: '11.0',
  },
  { name: 'darwin-x64', triple: 'x86_64-apple-darwin', os: 'darwin', cpu: 'x64', oldest: '11.0' },
  { name: 'win32-x64-msvc', triple: 'x86_64-pc-windows-msvc', os: 'win32', cpu: 'x64' },
  { name: 'win32-arm64-msvc', triple: 'aarch64-pc-windows-msvc', os: 'win32', cpu: 'arm64' },
]

/**
 * What Linux can build in place of a library that only its own system can: for tests. No package has its name.
 *
 * @type {Platform[]}
 */
const STAND_INS = [
  { name: 'win32-x64-gnullvm', triple: 'x86_64-pc-windows-gnullvm', os: 'win32', cpu: 'x64' },
]

/**
 * @param {string} name
 * @returns {Platform}
 * @throws {Error} where there is none of that name
 */
function platformOf(name) {
  const all = [...PLATFORMS, ...STAND_INS]
  const platform = all.find(each => each.name === name)
  if (platform) return platform
  const names = all.map(each => each.name).join(', ')
  throw new Error(`"${name}" is no target. There are: ${names}.`)
}

module.exports = { OLDEST_GLIBC, PLATFORMS, platformOf }
