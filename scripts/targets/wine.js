'use strict'

/**
 * Windows, as far as wine is it: a small Debian with wine, Node's own program for Windows, and what else the programs look
 * for there. The library is one for `x86_64-pc-windows-gnullvm`, which zig links on Linux; that of a release is made by
 * Microsoft's tools on Windows.
 */

const fs = require('node:fs')
const path = require('node:path')

const { pack, stagePlatform } = require('../pack/stage')
const { zigbuild } = require('../zig')
const { quietly } = require('./debian')

/** What a Debian has to include. */
const INCLUDED = ['wine64']

/**
 * Runs a Windows program inside: behind it stand its arguments. The folder of wine is made once, and complete when the
 * server of wine has ended. That server belongs to the processes of one run, and has to write what it knows before they end.
 */
const START = `mount -t sysfs -o ro sysfs /sys
  if [ ! -e /wine/complete ]; then
    rm -rf /wine
    wine64 wineboot --init
    wineserver --wait
    touch /wine/complete
  fi
  status=0
  wine64 "$@" || status=$?
  wineserver --kill || true
  exit "$status"`

/** What Windows has, or users install there, and wine has not: each is that of the Linux below. */
const PROGRAMS = ['openssl', 'tar']

/** @type {Record<string, string>} */
const ENVIRONMENT = {
  PATH: '/usr/lib/wine:/usr/bin:/bin',
  HOME: '/root',
  XDG_RUNTIME_DIR: '/tmp',
  WINEPREFIX: '/wine',
  WINEDEBUG: '-all',
  // Neither Mono nor Gecko is needed, nor asked for.
  WINEDLLOVERRIDES: 'mscoree,mshtml=',
  WINEPATH: windowsPath('/opt/bin'),
}

/**
 * @param {string} file of the system inside
 * @returns {string} as its Windows programs see it
 */
function windowsPath(file) {
  return `Z:${file.replaceAll('/', '\\')}`
}

/**
 * Puts the programs that wine lacks into a Debian.
 *
 * @param {string} root
 */
function addPrograms(root) {
  const folder = path.join(root, 'opt', 'bin')
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder, { recursive: true })
  const { CARGO_ZIGBUILD_ZIG_PATH: zig } = zigbuild().environment
  const built = path.join(folder, 'unix-program.exe')
  const source = path.join(__dirname, 'unix-program.c')
  quietly(zig, ['cc', '-target', 'x86_64-windows-gnu', '-O1', '-o', built, source])
  for (const name of PROGRAMS) fs.copyFileSync(built, path.join(folder, `${name}.exe`))
}

/**
 * Packs a library under the name of the package that a release has for Windows.
 *
 * @param {import('../pack/stage').Library} library its platform is that of the release
 * @param {string} out
 */
function packAs(library, out) {
  const folder = fs.mkdtempSync(path.join(out, 'stage-'))
  try {
    stagePlatform(folder, library)
    pack(folder, out)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string[]} command a Windows program and its arguments
 * @returns {string[]} what the system inside runs
 */
function underWine(command) {
  return ['sh', '-ec', START, 'sh', ...command]
}

module.exports = { ENVIRONMENT, INCLUDED, addPrograms, packAs, underWine, windowsPath }
