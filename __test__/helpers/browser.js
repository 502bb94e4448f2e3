'use strict'

// Headless Chromium, told what to do by Playwright.

const fs = require('node:fs')
const path = require('node:path')

const { chromium } = require('playwright-core')

const { findChromium, requireChromium } = require('../../scripts/chromium')
const { cleanup } = require('./cleanup')
const { limits } = require('./events')

/** The browser's command; where CI runs it is installed if it is not there. */
const found = process.env.CI && process.platform === 'linux' ? requireChromium() : findChromium()

/** Why there is no browser. */
const noBrowser = found === undefined && 'Chromium is not here (apt-get install chromium)'

/**
 * @param {string} name of a program
 * @returns {string} its file
 */
function inPath(name) {
  if (path.isAbsolute(name)) return name
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  const file = folders.map(folder => path.join(folder, name)).find(each => fs.existsSync(each))
  if (file === undefined) throw new Error(`${name} is not in PATH`)
  return file
}

/** @returns {Promise<import('playwright-core').Browser>} */
function launchBrowser() {
  return chromium.launch({ executablePath: inPath(found ?? requireChromium()) })
}

/**
 * @param {import('node:test').TestContext} t
 * @returns {Promise<import('playwright-core').Browser>} gone at the end of the test
 */
async function browser(t) {
  const launched = await launchBrowser()
  cleanup(t, () => launched.close())
  return launched
}

/**
 * A page, with what it complained of and what it asked for.
 *
 * @param {import('playwright-core').Browser} launched
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
async function openPage(launched, options = {}) {
  const page = await launched.newPage(options)
  page.setDefaultTimeout(limits.deadline)
  /** @type {string[]} */
  const complaints = []
  /** @type {string[]} */
  const requests = []
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  page.on('request', request => requests.push(request.url()))
  return { page, complaints, requests }
}

module.exports = { browser, launchBrowser, noBrowser, openPage }
