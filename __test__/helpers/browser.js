'use strict'

// Headless Chromium, told what to do over the DevTools protocol: https://chromedevtools.github.io/devtools-protocol

const { spawn } = require('node:child_process')
const WebSocket = require('ws')

const { findChromium, requireChromium } = require('../../scripts/chromium')
const { cleanup, temporaryFolder } = require('./cleanup')
const { Watch, bounded } = require('./events')

/** The browser's command; where CI runs it is installed if it is not there. */
const found = process.env.CI && process.platform === 'linux' ? requireChromium() : findChromium()

/** Why there is no browser. */
const noBrowser = found === undefined && 'Chromium is not here (apt-get install chromium)'

/** A page in a browser of its own. */
class Browser extends Watch {
  /** What it wrote to the console as an error, and what was thrown. @type {string[]} */
  errors = []
  /** The addresses it asked for. @type {string[]} */
  requests = []
  #socket
  #number = 0
  /** @type {Map<number, (answer: any) => void>} */
  #asked = new Map()
  /** @type {string | undefined} */
  #session

  /** @param {WebSocket} socket */
  constructor(socket) {
    super()
    this.#socket = socket
    socket.on('message', data => this.#hear(JSON.parse(String(data))))
  }

  /** @param {any} message */
  #hear({ id, method, params, ...answer }) {
    if (id !== undefined) {
      this.#asked.get(id)?.(answer)
      this.#asked.delete(id)
      return
    }
    if (method === 'Runtime.exceptionThrown') this.errors.push(params.exceptionDetails.text)
    if (method === 'Log.entryAdded' && params.entry.level === 'error')
      this.errors.push(params.entry.text)
    if (method === 'Runtime.consoleAPICalled' && params.type === 'error') {
      this.errors.push(JSON.stringify(params.args))
    }
    if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url)
    this.changed()
  }

  /**
   * @param {string} method
   * @param {any} [params]
   * @returns {Promise<any>}
   */
  async send(method, params = {}) {
    const id = (this.#number += 1)
    const session = this.#session === undefined ? {} : { sessionId: this.#session }
    this.#socket.send(JSON.stringify({ id, method, params, ...session }))
    /** @type {Promise<any>} */
    const come = new Promise(resolve => this.#asked.set(id, resolve))
    const { result, error } = await bounded(come, method)
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }

  async start() {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true })
    this.#session = sessionId
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.send(`${domain}.enable`)
  }

  /**
   * @param {string} url
   * @param {{ width?: number, height?: number }} [size]
   */
  async open(url, { width = 1200, height = 800 } = {}) {
    const screen = { width, height, deviceScaleFactor: 1, mobile: width < 500 }
    await this.send('Emulation.setDeviceMetricsOverride', screen)
    await this.send('Page.navigate', { url })
  }

  /**
   * @param {string} expression of JavaScript, of JSON or a promise of it
   * @returns {Promise<any>} its value in the page
   */
  async evaluate(expression) {
    const options = { expression, returnByValue: true, awaitPromise: true }
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', options)
    if (exceptionDetails)
      throw new Error(`${expression}: ${exceptionDetails.exception?.description}`)
    return result.value
  }

  /**
   * @param {string} expression that becomes true sooner or later
   * @returns {Promise<void>}
   */
  async until(expression) {
    await this.evaluate(`new Promise(resolve => {
      const look = () => (${expression}) ? resolve(true) : requestAnimationFrame(look)
      look()
    })`)
  }
}

/**
 * @param {import('node:test').TestContext} t
 * @returns {Promise<Browser>}
 */
async function browser(t) {
  const folder = temporaryFolder(t)
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
  // What a browser asks of its maker is nothing of the page's.
  const quiet = ['--disable-background-networking', '--disable-component-update', '--no-first-run']
  const child = spawn(
    String(found),
    [...flags, ...quiet, `--user-data-dir=${folder}`, '--remote-debugging-port=0', 'about:blank'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const closed = new Promise(resolve => child.once('close', resolve))
  cleanup(t, async () => {
    child.kill('SIGKILL')
    await closed
  })
  let said = ''
  const url = await bounded(
    new Promise((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', text => {
        said += text
        const [, address] = said.match(/DevTools listening on (ws:\S+)/) ?? []
        if (address) resolve(address)
      })
      child.once('close', () => reject(new Error(`the browser has ended: ${said}`)))
    }),
    'a browser',
  )
  const socket = new WebSocket(String(url))
  await bounded(new Promise(resolve => socket.once('open', resolve)), 'a connection to the browser')
  cleanup(t, () => socket.terminate())
  const page = new Browser(socket)
  await page.start()
  return page
}

module.exports = { browser, noBrowser }
