'use strict'

/**
 * A package registry on loopback that has a few tarballs and nothing else. It runs in a process of its own: who uses it
 * may wait for npm synchronously.
 */

const { execFileSync, fork } = require('node:child_process')
const crypto = require('node:crypto')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')

/** @typedef {{ file: string, manifest: { name: string, version: string } }} Published */

/**
 * What npm asks a registry for a package by name.
 *
 * @param {Published} published
 * @param {string} url the registry's own
 */
function packument({ file, manifest }, url) {
  const { name, version } = manifest
  const bytes = fs.readFileSync(file)
  const integrity = `sha512-${crypto.createHash('sha512').update(bytes).digest('base64')}`
  const tarball = `${url}/tarballs/${path.basename(file)}`
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist: { integrity, tarball } } },
  }
}

/** @param {Published[]} all */
function serve(all) {
  const server = http.createServer((request, response) => {
    const wanted = decodeURIComponent(request.url ?? '').slice(1)
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    const file = all.find(each => wanted === `tarballs/${path.basename(each.file)}`)?.file
    const published = all.find(each => each.manifest.name === wanted)
    if (file) response.end(fs.readFileSync(file))
    else if (published)
      response.end(JSON.stringify(packument(published, `http://127.0.0.1:${port}`)))
    else response.writeHead(404).end('{"error":"not found"}')
  })
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
  process.on('disconnect', () => process.exit(0))
}

/**
 * @param {Published[]} all
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
async function startRegistry(all) {
  const child = fork(__filename, [JSON.stringify(all)])
  const [{ port }] = await once(child, 'message')
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

/**
 * @param {string} folder with tarballs that `npm run pack:platforms` made
 * @returns {Published[]}
 */
function publishedIn(folder) {
  const names = fs.readdirSync(folder).filter(name => name.endsWith('.tgz'))
  return names.map(name => {
    const file = path.join(folder, name)
    const args = ['-xzOf', file, 'package/package.json']
    return { file, manifest: JSON.parse(execFileSync('tar', args, { encoding: 'utf8' })) }
  })
}

if (require.main === module) serve(JSON.parse(process.argv[2] ?? '[]'))

module.exports = { publishedIn, startRegistry }
