'use strict'

const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')

/** What browsers must be told of a file. */
const TYPES = /** @type {Record<string, string>} */ ({
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
})

/**
 * Serves the files of a folder as GitHub Pages does.
 *
 * @param {string} folder
 * @param {string} base below which path; it begins and ends with /
 * @returns {Promise<{ url: string, close: () => Promise<void> }>} where its first page is
 */
async function serveSite(folder, base) {
  const server = http.createServer((req, res) => {
    const { pathname } = new URL(String(req.url), 'http://127.0.0.1')
    const name = decodeURIComponent(pathname)
    const asked = name.endsWith('/') ? `${name}index.html` : name
    const file = path.join(folder, asked.slice(base.length))
    const found =
      asked.startsWith(base) &&
      file.startsWith(folder + path.sep) &&
      fs.existsSync(file) &&
      fs.statSync(file).isFile()
    const sent = found ? file : path.join(folder, '404.html')
    const type = TYPES[path.extname(sent)] ?? 'application/octet-stream'
    const headers = { 'Content-Type': type, 'Cache-Control': 'max-age=600' }
    res.writeHead(found ? 200 : 404, headers)
    fs.createReadStream(sent).pipe(res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}${base}`, close }
}

module.exports = { serveSite }
