'use strict'

/**
 * Packages from libraries that have been built.
 *
 * - `npm run pack:all`: one tarball with every library there is, for those who install without a registry.
 * - `npm run pack:platforms`: what is published: the main package, and one for each system. With `-- --complete`, for a
 *   release, it fails where a system's library is missing or needs a newer C library than promised, or the repository's
 *   address is still to be set.
 *
 * Libraries are looked for in dist/ (`npm run build -- --target NAME` puts them there; or a workflow, what other machines
 * built). The tarballs go to dist/packages, with their checksums.
 */

const crypto = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')

const { DIST } = require('./cross')
const { PLATFORMS } = require('./platforms')
const { requireAddress } = require('./pack/address')
const { requireOldest } = require('./pack/binary-format')
const { libraryName, manifest, pack, stageMain, stagePlatform } = require('./pack/stage')
const { runMain } = require('./prerequisites')

/** @typedef {import('./pack/stage').Library} Library */

/**
 * @param {string} folder
 * @returns {Library[]}
 */
function librariesIn(folder) {
  return PLATFORMS.map(platform => ({
    platform,
    file: path.join(folder, libraryName(platform)),
  })).filter(({ file }) => fs.existsSync(file))
}

/**
 * @param {(folder: string) => void} stage
 * @param {string} out
 * @returns {string} the tarball's file
 */
function packStaged(stage, out) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-stage-'))
  try {
    stage(folder)
    return pack(folder, out)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string[]} files
 * @param {string} out
 */
function writeChecksums(files, out) {
  const lines = files.map(file => {
    const hash = crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex')
    return `${hash}  ${path.basename(file)}`
  })
  fs.writeFileSync(path.join(out, 'SHA256SUMS'), `${lines.join('\n')}\n`)
  console.log(lines.join('\n'))
}

runMain(() => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      complete: { type: 'boolean', default: false },
      libraries: { type: 'string', default: DIST },
      out: { type: 'string', default: path.join(DIST, 'packages') },
    },
  })
  const [what] = positionals
  const libraries = librariesIn(values.libraries)
  const missing = PLATFORMS.filter(each => !libraries.some(({ platform }) => platform === each))
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ')
    if (values.complete) throw new Error(`${values.libraries} has no library for ${names}.`)
    console.log(`Without a library for ${names}.`)
  }
  if (values.complete) {
    requireAddress(manifest())
    for (const { platform, file } of libraries) requireOldest(fs.readFileSync(file), platform)
  }
  fs.rmSync(values.out, { recursive: true, force: true })
  fs.mkdirSync(values.out, { recursive: true })

  if (what === 'all') {
    if (libraries.length === 0) throw new Error(`There is no library in ${values.libraries}.`)
    const file = packStaged(folder => stageMain(folder, { libraries }), values.out)
    writeChecksums([file], values.out)
  } else if (what === 'platforms') {
    const main = packStaged(folder => stageMain(folder, { platforms: PLATFORMS }), values.out)
    const others = libraries.map(library =>
      packStaged(folder => stagePlatform(folder, library), values.out),
    )
    writeChecksums([...others, main], values.out)
  } else {
    throw new Error('What to pack? `all`, or `platforms`.')
  }
})
