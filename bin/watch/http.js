'use strict'

const crypto = require('node:crypto')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')

/** @typedef {import('./sampler').Sample} Sample */

const BROWSER = path.join(__dirname, 'browser')

/** Nothing but what the page brings itself, and no address of it to anybody. */
const HEADERS = Object.freeze({
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
})

/** Serves the page, and the samples as they come, to whoever has the token. */
class Page {
  token = crypto.randomBytes(18).toString('base64url')
  /** @type {Set<http.ServerResponse>} */
  #open = new Set()
  #server
  #history
  #title

  /**
   * @param {string} title
   * @param {() => Sample[]} history
   */
  constructor(title, history) {
    this.#title = title
    this.#history = history
    this.#server = http.createServer((request, response) => this.#answer(request, response))
  }

  /**
   * @param {{ host: string, port: number }} where
   * @returns {Promise<string>} the address of the page
   */
  listen({ host, port }) {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        const address = /** @type {import('node:net').AddressInfo} */ (this.#server.address())
        const name = host.includes(':') ? `[${host}]` : host
        resolve(`http://${name}:${address.port}/?token=${this.token}`)
      })
    })
  }

  /** @param {Sample} sample */
  add(sample) {
    for (const response of this.#open) response.write(eventOf([sample]))
  }

  close() {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /**
   * @param {http.IncomingMessage} request
   * @param {http.ServerResponse} response
   */
  #answer({ method, url = '/' }, response) {
    const { pathname, searchParams } = new URL(url, 'http://page')
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    if (!this.#isToken(searchParams.get('token') ?? ''))
      return end(response, 403, 'The token is missing, or another one.')
    if (method !== 'GET') return end(response, 405, 'GET only.')
    if (pathname === '/') return this.#page(response)
    if (pathname === '/samples') return this.#samples(response)
    return end(response, 404, 'There is no such page.')
  }

  /** @param {string} given @returns {boolean} */
  #isToken(given) {
    // Of equal length whatever was given.
    const digest = (/** @type {string} */ text) => crypto.createHash('sha256').update(text).digest()
    return crypto.timingSafeEqual(digest(given), digest(this.token))
  }

  /** @param {http.ServerResponse} response */
  #page(response) {
    const nonce = crypto.randomBytes(16).toString('base64')
    const read = (/** @type {string} */ name) => fs.readFileSync(path.join(BROWSER, name), 'utf8')
    const text = read('page.html')
      .replaceAll('{{nonce}}', nonce)
      .replaceAll('{{title}}', () => escaped(this.#title))
      .replace('/* page.css */', () => read('page.css'))
      .replace('/* page.js */', () => read('page.js'))
    const only = `'nonce-${nonce}'`
    response.setHeader(
      'Content-Security-Policy',
      `default-src 'none'; script-src ${only}; style-src ${only}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'`,
    )
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(text)
  }

  /** Server-sent events. @param {http.ServerResponse} response */
  #samples(response) {
    response.setHeader('Content-Type', 'text/event-stream')
    response.write(eventOf(this.#history()))
    this.#open.add(response)
    response.on('close', () => this.#open.delete(response))
  }
}

/** @param {Sample[]} samples @returns {string} */
function eventOf(samples) {
  return `data: ${JSON.stringify(samples)}\n\n`
}

/**
 * @param {http.ServerResponse} response
 * @param {number} status
 * @param {string} text
 */
function end(response, status, text) {
  response.statusCode = status
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.end(`${text}\n`)
}

/** @param {string} text @returns {string} */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

module.exports = { Page }
