'use strict'

/**
 * Native libraries for packing: the one of this system, and beginnings of files for others, which is all that packing
 * looks at.
 */

const fs = require('node:fs')
const path = require('node:path')

const { addonFile, target } = require('../../lib/engine/addon-file')
const { newDirectory } = require('./package')

/** @typedef {import('../../scripts/platforms').Platform} Platform */

/**
 * @param {number} machine
 * @param {string} names what stands in its tables of strings
 * @returns {Buffer}
 */
function elf(machine, names) {
  const header = Buffer.alloc(64)
  header.write('\x7fELF', 'latin1')
  header.writeUInt16LE(machine, 18)
  return Buffer.concat([header, Buffer.from(`\0${names}\0`, 'latin1')])
}

/**
 * @param {number} cpu
 * @returns {Buffer}
 */
function machO(cpu) {
  const header = Buffer.alloc(64)
  header.writeUInt32LE(0xfeedfacf, 0)
  header.writeUInt32LE(cpu, 4)
  return header
}

/**
 * @param {number} machine
 * @returns {Buffer}
 */
function pe(machine) {
  const header = Buffer.alloc(128)
  header.write('MZ')
  header.writeUInt32LE(64, 0x3c)
  header.write('PE\0\0', 64, 'latin1')
  header.writeUInt16LE(machine, 68)
  return header
}

/**
 * @param {Platform} platform
 * @returns {Buffer}
 */
function beginning({ os, cpu, libc }) {
  const isArm = cpu === 'arm64'
  if (os === 'darwin') return machO(isArm ? 0x0100000c : 0x01000007)
  if (os === 'win32') return pe(isArm ? 0xaa64 : 0x8664)
  return elf(isArm ? 183 : 62, libc === 'musl' ? 'libc.so' : 'GLIBC_2.17')
}

/**
 * @param {Platform[]} platforms
 * @returns {string} a folder with a library for each; that of this system is real
 */
function libraries(platforms) {
  const folder = newDirectory()
  for (const platform of platforms) {
    const file = path.join(folder, path.basename(addonFile(platform.name)))
    if (platform.name === target()) fs.copyFileSync(addonFile(), file)
    else fs.writeFileSync(file, beginning(platform))
  }
  return folder
}

module.exports = { beginning, elf, libraries }
