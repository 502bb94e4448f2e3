'use strict'

/**
 * `npm run check:targets`: whether the compiler takes the sources for macOS and Windows, without a warning. Nothing is
 * linked, so neither their tools nor zig are needed.
 *
 * The standard libraries are those of this machine's toolchain, where `rustup target add` has put them; else they are
 * checked from their sources, with Debian's Rust.
 */

const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')

const { ROOT } = require('../../lib/engine/addon-file')
const { libnode } = require('../libnode')
const { cargo, requireRust, runMain, versionOf } = require('../prerequisites')
const { CHECKS, forgetPackage, typesFolder } = require('./checks')
const { LEAST_STD, debianRust } = require('./debian-rust')

/** One of each system. What differs by processor is in crates, not here. */
const TRIPLES = ['aarch64-apple-darwin', 'x86_64-pc-windows-gnullvm']

/** cargo compiles a standard library, also where the rest is only checked. Nobody needs machine code of it, nor fast code. */
const WITHOUT_CODE = ['-Zno-codegen', '-Zmir-opt-level=0']

/** @returns {boolean} whether this machine's toolchain has the standard library of all of them */
function hasLibraries() {
  return TRIPLES.every(triple => {
    const folder = versionOf(process.env.RUSTC || 'rustc', [
      '--print',
      'target-libdir',
      '--target',
      triple,
    ])
    return folder !== undefined && fs.existsSync(folder)
  })
}

/**
 * The provider's C code takes minutes to compile, and its declarations are the same for every system: cargo is told what
 * its build script would say.
 *
 * @returns {string[]} arguments of cargo
 */
function withoutProvider() {
  const args = ['metadata', '--format-version=1', '--locked']
  const maxBuffer = 64 * 1024 * 1024
  /** @type {{ packages: { name: string, links: string | null }[] }} */
  const { packages } = JSON.parse(
    execFileSync(cargo(), args, { cwd: ROOT, encoding: 'utf8', maxBuffer }),
  )
  const links = packages.find(({ name }) => name === 'aws-lc-sys')?.links
  if (!links) throw new Error('aws-lc-sys names no library that it links.')
  const said = ['rustc-cfg = ["universal"]', 'include = ""']
  return TRIPLES.flatMap(triple =>
    said.flatMap(each => ['--config', `target.${triple}.${links}.${each}`]),
  )
}

runMain(() => {
  console.log(requireRust())
  const own = hasLibraries()
  const rust = own ? {} : debianRust()
  forgetPackage(TRIPLES)
  const args = [
    ...['check', '--keep-going', '--locked', '--lib'],
    ...TRIPLES.flatMap(triple => ['--target', triple]),
    ...(own ? [] : LEAST_STD),
    ...withoutProvider(),
  ]
  const { status, error } = spawnSync(cargo(), args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ...rust,
      CARGO_TARGET_DIR: CHECKS,
      CARGO_ENCODED_RUSTFLAGS: ['-Dwarnings', ...(own ? [] : WITHOUT_CODE)].join('\x1f'),
      LIBNODE_PATH: libnode(CHECKS),
      NAPI_TYPE_DEF_TMP_FOLDER: typesFolder(),
    },
  })
  if (error) throw error
  if (status !== 0) throw new Error(`Not for ${TRIPLES.join(' and ')}; why, stands above.`)
  console.log(`The sources are as they should be for ${TRIPLES.join(' and ')}.`)
})
