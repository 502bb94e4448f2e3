'use strict'

/**
 * Where what is compiled for other systems to be checked lies: with the same compiler and in one folder, so that what runs
 * on this machine meanwhile (macros, build scripts) is compiled once.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')
const { KEPT } = require('../kept')
const { cargo } = require('../prerequisites')

const CHECKS = path.join(KEPT, 'check-targets')

/** @returns {string} for the types of what is exported. Not build/types: what is left out for one system is missing in it. */
function typesFolder() {
  const folder = path.join(CHECKS, 'types')
  fs.mkdirSync(folder, { recursive: true })
  return folder
}

/**
 * Has the package itself compiled anew. Where another clone was checked in the same folder, cargo takes its result for this
 * one's if that is younger than the sources here.
 *
 * @param {string[]} triples
 */
function forgetPackage(triples) {
  const args = ['clean', '--quiet', '--locked', '--package', 'tls-json-native']
  for (const triple of triples) args.push('--target', triple)
  execFileSync(cargo(), args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, CARGO_TARGET_DIR: CHECKS },
  })
}

module.exports = { CHECKS, forgetPackage, typesFolder }
