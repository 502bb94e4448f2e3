'use strict'

/**
 * What system a native library is made for, as its header and its imports say.
 */

/** @typedef {import('../platforms').Platform} Platform */

/**
 * @typedef {object} Format
 * @property {Platform['os']} os
 * @property {Platform['cpu']} cpu
 * @property {Platform['libc']} [libc]
 * @property {string} [glibc] the newest version of a symbol that it needs
 */

/** @typedef {Map<number, Platform['cpu'] | undefined>} Cpus What a format calls the processors. */

/** @type {Cpus} */
const ELF_MACHINES = new Map([
  [62, 'x64'],
  [183, 'arm64'],
])

/** @type {Cpus} */
const MACH_O_CPUS = new Map([
  [0x01000007, 'x64'],
  [0x0100000c, 'arm64'],
])

/** @type {Cpus} */
const PE_MACHINES = new Map([
  [0x8664, 'x64'],
  [0xaa64, 'arm64'],
])

/**
 * @param {string} a like 2.17
 * @param {string} b
 * @returns {number} below zero where a is the older
 */
function compareVersions(a, b) {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number)
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number)
  return aMajor - bMajor || aMinor - bMinor
}

/**
 * @param {Buffer} binary
 * @returns {Format}
 * @throws {Error} where it is no library for one of the systems
 */
function elf(binary) {
  const cpu = ELF_MACHINES.get(binary.readUInt16LE(18))
  if (cpu === undefined) throw new Error('an ELF file for another processor')
  // The names of libraries and versions stand in .dynstr as they are.
  const text = binary.toString('latin1')
  const versions = [...text.matchAll(/\0GLIBC_(\d+\.\d+)/g)].map(match => match[1] ?? '')
  const glibc = versions.sort(compareVersions).at(-1)
  return glibc === undefined
    ? { os: 'linux', cpu, libc: 'musl' }
    : { os: 'linux', cpu, libc: 'glibc', glibc }
}

/**
 * @param {Buffer} binary
 * @returns {Format}
 * @throws {Error} where it is no library for one of the systems
 */
function formatOf(binary) {
  if (binary.length < 64) throw new Error('too short for a native library')
  if (binary.readUInt32BE(0) === 0x7f454c46) return elf(binary)
  if (binary.readUInt32LE(0) === 0xfeedfacf) {
    const cpu = MACH_O_CPUS.get(binary.readUInt32LE(4))
    if (cpu !== undefined) return { os: 'darwin', cpu }
  }
  if (binary.toString('latin1', 0, 2) === 'MZ') {
    const header = binary.readUInt32LE(0x3c)
    const cpu =
      header + 6 <= binary.length ? PE_MACHINES.get(binary.readUInt16LE(header + 4)) : undefined
    if (cpu !== undefined) return { os: 'win32', cpu }
  }
  throw new Error('no native library of Linux, macOS or Windows for x64 or arm64')
}

/**
 * @param {Buffer} binary
 * @param {Platform} platform
 * @throws {Error} where the library is for another system
 */
function requireFormat(binary, platform) {
  const format = formatOf(binary)
  for (const key of /** @type {const} */ (['os', 'cpu', 'libc'])) {
    if (format[key] !== platform[key]) {
      throw new Error(`it is for ${format[key]}, not ${platform[key]}`)
    }
  }
}

/**
 * @param {Buffer} binary
 * @param {Platform} platform
 * @throws {Error} where the library does not load on the oldest C library that is promised
 */
function requireOldest(binary, { oldest }) {
  const { glibc } = formatOf(binary)
  if (glibc === undefined || oldest === undefined) return
  if (compareVersions(glibc, oldest) > 0) {
    throw new Error(
      `it needs glibc ${glibc}, and ${oldest} is promised: npm run build -- --portable`,
    )
  }
}

module.exports = { compareVersions, formatOf, requireFormat, requireOldest }
