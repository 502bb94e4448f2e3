'use strict'

/**
 * Debian's Rust, with the sources of its standard library: for systems that the toolchain of this machine has no standard
 * library for. It is kept below target/, and signed by Debian.
 */

const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')
const { unpack } = require('./debian')

const FOLDER = path.join(ROOT, 'target', 'debian-rust')

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

/**
 * Fetches it unless it is there.
 *
 * @returns {NodeJS.ProcessEnv} with which cargo uses it, and may build its standard library
 * @throws {import('../prerequisites').PrerequisiteError} where there is no Debian to ask
 */
function debianRust() {
  const stamp = path.join(FOLDER, 'complete')
  if (!fs.existsSync(stamp)) {
    console.log(`Fetching Debian's Rust into ${path.relative(ROOT, FOLDER)}.`)
    fs.rmSync(FOLDER, { recursive: true, force: true })
    fs.mkdirSync(FOLDER, { recursive: true })
    unpack(PACKAGES, path.join(FOLDER, 'packages'), FOLDER)
    fs.writeFileSync(stamp, '')
  }
  return {
    RUSTC: path.join(FOLDER, 'usr', 'bin', 'rustc'),
    LD_LIBRARY_PATH: path.join(FOLDER, 'usr', 'lib', 'x86_64-linux-gnu'),
    RUSTC_BOOTSTRAP: '1',
  }
}

module.exports = { WHOLE_STD, LEAST_STD, debianRust }
