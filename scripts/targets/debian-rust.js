'use strict'

/**
 * Debian's Rust, with the sources of its standard library: for systems that the toolchain of this machine has no standard
 * library for. It is signed by Debian.
 */

const fs = require('node:fs')
const path = require('node:path')

const { unpack } = require('./debian')
const { KEPT } = require('../kept')

const FOLDER = path.join(KEPT, 'debian-rust')

/** Arguments of cargo, to compile the standard library, too. */
const WHOLE_STD = ['-Zbuild-std=std,panic_unwind']

/** The same for what is never published: without the part that names functions in a trace, a seventh of the work. */
const LEAST_STD = [...WHOLE_STD, '-Zbuild-std-features=panic-unwind']

/** Newer than the rustc of the suite itself: what Debian builds its browsers with. */
const PACKAGES = {
  suite: 'bookworm-security',
  cpu: 'amd64',
  archive: /** @type {const} */ ('debian-security'),
  names: ['rustc-web', 'libstd-rust-web-dev', 'rust-web-src'],
  // Their names hold versions.
  needed: /^(libstd-rust-web-|libllvm)\d/,
  // Of 36,000 files of sources the standard library is one in three.
  without: ['./usr/src/*/src', './usr/src/*/compiler', './usr/share/doc', './usr/share/man'],
}

/** For so long one that is kept is good enough, in milliseconds: Debian's is a newer one by then. */
const LONGEST = 30 * 24 * 3600 * 1000

/** @returns {boolean} */
function isThere() {
  const stamp = fs.statSync(path.join(FOLDER, 'complete'), { throwIfNoEntry: false })
  return stamp !== undefined && Date.now() - stamp.mtimeMs < LONGEST
}

/** Fetches it, and puts it there when it is complete. */
function fetchRust() {
  console.log(`Fetching Debian's Rust into ${FOLDER}.`)
  const folder = `${FOLDER}.${process.pid}`
  fs.mkdirSync(folder, { recursive: true })
  try {
    unpack(PACKAGES, path.join(folder, 'packages'), folder)
    fs.writeFileSync(path.join(folder, 'complete'), '')
    fs.rmSync(FOLDER, { recursive: true, force: true })
    fs.renameSync(folder, FOLDER)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Fetches it unless it is there.
 *
 * @returns {NodeJS.ProcessEnv} with which cargo uses it, and may build its standard library
 * @throws {import('../prerequisites').PrerequisiteError} where there is no Debian to ask
 */
function debianRust() {
  if (!isThere()) fetchRust()
  return {
    RUSTC: path.join(FOLDER, 'usr', 'bin', 'rustc'),
    LD_LIBRARY_PATH: path.join(FOLDER, 'usr', 'lib', 'x86_64-linux-gnu'),
    RUSTC_BOOTSTRAP: '1',
  }
}

module.exports = { WHOLE_STD, LEAST_STD, debianRust }
