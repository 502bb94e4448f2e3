'use strict'

// The site of the documents, in Chromium. `npm run test:docs` makes it, and runs this.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { after, before, test } = require('node:test')

const { ROOT } = require('../../lib/engine/addon-file')
const { launchBrowser } = require('../helpers/browser')
const { serveSite } = require('../helpers/static-site')

const SITE = path.join(ROOT, 'build', 'site')
const BASE = process.env.SITE_BASE || '/'

const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }

/** How small words may be on a phone, in pixels. */
const SMALLEST = 8

/**
 * @typedef {object} Visit What one page was
 * @property {string} title of its first heading
 * @property {string[]} complaints of the console, and of the page
 * @property {string[]} links
 * @property {Set<string>} ids
 * @property {string[]} wide what does not fit, on a phone or a desktop
 */

/** @type {any} */
let browser

/** @type {Awaited<ReturnType<typeof serveSite>>} */
let site

/** @type {Map<string, Visit>} by the page's path below the site */
const visits = new Map()

/** Hosts that were asked for something, by all pages. */
const hosts = new Set()

/** @returns {string[]} the pages, by their paths below the site */
function pages() {
  const names = fs.readdirSync(SITE, { recursive: true, encoding: 'utf8' })
  return names
    .filter(name => name.endsWith('.html') && name !== '404.html')
    .map(name => name.replaceAll(path.sep, '/'))
}

/**
 * @param {any} page of the browser
 * @param {string} name
 */
async function open(page, name) {
  const response = await page.goto(site.url + name)
  assert.equal(response.status(), 200, name)
  // Not before are its buttons of use, and only then could it have failed.
  await page.waitForFunction("document.querySelector('#app').__vue_app__ !== undefined")
}

/**
 * @param {object} [options] of the context
 * @returns {Promise<any>} a page in a browser that knows nothing of others
 */
async function newPage(options = {}) {
  const context = await browser.newContext({ viewport: DESKTOP, ...options })
  context.on('request', (/** @type {any} */ request) => {
    const { protocol, hostname } = new URL(request.url())
    if (protocol !== 'data:' && protocol !== 'blob:') hosts.add(hostname)
  })
  return context.newPage()
}

/** What is read off a page; it runs there. */
const READ = () => {
  const { document } = /** @type {any} */ (globalThis)
  const all = (/** @type {string} */ selector) => [...document.querySelectorAll(selector)]
  return {
    title: document.querySelector('h1')?.textContent ?? '',
    links: all('a[href]').map(({ href }) => href),
    ids: all('[id]').map(({ id }) => id),
  }
}

/** What does not fit, beside code: that has its own place to scroll. It runs in the page. */
const TOO_WIDE = () => {
  const { document, innerWidth } = /** @type {any} */ (globalThis)
  const found = [...document.querySelectorAll('.vp-doc *')].filter(
    element =>
      !element.closest('pre') &&
      !element.closest('.vp-doc [class*=language-]') &&
      (element.getBoundingClientRect().right > innerWidth + 1 ||
        (element.localName === 'table' && element.scrollWidth > element.clientWidth + 1)),
  )
  const names = found.map(
    ({ localName, textContent }) => `${localName}: ${textContent.slice(0, 60)}`,
  )
  const { scrollWidth } = document.scrollingElement
  return scrollWidth > innerWidth ? [`the page: ${scrollWidth} pixels`, ...names] : names
}

/**
 * @param {any} page
 * @param {string} name
 */
async function visit(page, name) {
  /** @type {string[]} */
  const complaints = []
  const complain = (/** @type {string} */ text) => complaints.push(text)
  const onConsole = (/** @type {any} */ message) => {
    if (['error', 'warning'].includes(message.type())) complain(message.text())
  }
  const onError = (/** @type {Error} */ error) => complain(error.message)
  const onResponse = (/** @type {any} */ response) => {
    if (response.status() >= 400) complain(`${response.status()} ${response.url()}`)
  }
  const listeners = Object.entries({
    console: onConsole,
    pageerror: onError,
    response: onResponse,
    requestfailed: (/** @type {any} */ request) => {
      // What a page that is left had asked for beforehand is of no use any more.
      if (request.failure().errorText !== 'net::ERR_ABORTED') complain(`failed: ${request.url()}`)
    },
  })
  for (const [event, listener] of listeners) page.on(event, listener)
  await page.setViewportSize(DESKTOP)
  await open(page, name).catch(onError)
  const { title, links, ids } = await page.evaluate(READ)
  const wideThere = await page.evaluate(TOO_WIDE)
  await page.setViewportSize(PHONE)
  const wide = [...wideThere, ...(await page.evaluate(TOO_WIDE))]
  for (const [event, listener] of listeners) page.off(event, listener)
  visits.set(name, { title, complaints, links, ids: new Set(ids), wide })
}

before(async () => {
  assert.ok(fs.existsSync(SITE), 'npm run test:docs makes the site first')
  site = await serveSite(SITE, BASE)
  browser = await launchBrowser()
  const left = pages()
  await Promise.all(
    Array.from({ length: 2 }, async () => {
      const page = await newPage()
      for (let name = left.pop(); name !== undefined; name = left.pop()) await visit(page, name)
      await page.context().close()
    }),
  )
})

after(async () => {
  await browser?.close()
  await site?.close()
})

/**
 * @param {(visit: Visit, name: string) => string[]} problems
 */
function assertOfAll(problems) {
  const found = [...visits].flatMap(([name, what]) =>
    problems(what, name).map(problem => `${name}: ${problem}`),
  )
  assert.deepEqual(found, [])
}

test('every page renders, and the console stays empty', () => {
  assert.ok(visits.size > 60, `${visits.size} pages`)
  assertOfAll(({ title, complaints }) =>
    title.trim() === '' ? ['no heading', ...complaints] : complaints,
  )
})

test('every link within the site leads to a page, and to a place on it', () => {
  let anchors = 0
  assertOfAll(({ links }) =>
    links.filter(link => {
      if (!link.startsWith(new URL(site.url).origin)) return false
      const { pathname, hash } = new URL(link)
      const name = pathname.slice(BASE.length).replace(/(^|\/)$/, '$1index.html')
      const target = pathname.startsWith(BASE) ? visits.get(name) : undefined
      if (hash === '' || target === undefined) return target === undefined
      anchors += 1
      return !target.ids.has(decodeURIComponent(hash.slice(1)))
    }),
  )
  assert.ok(anchors > 500, `${anchors} links to a place on a page`)
})

test('every page is linked to, beginning with the first', () => {
  const found = new Set(['index.html'])
  for (const name of found) {
    for (const link of visits.get(name)?.links ?? []) {
      const { pathname } = new URL(link)
      const target = pathname.slice(BASE.length).replace(/(^|\/)$/, '$1index.html')
      if (link.startsWith(site.url) && visits.has(target)) found.add(target)
    }
  }
  assert.deepEqual(
    [...visits.keys()].filter(name => !found.has(name)),
    [],
  )
})

test('nothing has to be scrolled sideways, on a desktop or a phone, code aside', () => {
  assertOfAll(({ wide }) => wide)
})

for (const [where, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  test(`the search finds an option, on a ${where}`, async () => {
    const page = await newPage({ viewport })
    await open(page, '')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.locator('input[type=search]').fill('maxMessageBytes')
    const result = page.locator('.VPLocalSearchBox .result', { hasText: 'API' }).first()
    await result.click()
    await page.waitForURL(/reference\/api\.html/)
    await page.locator('.vp-doc h1', { hasText: 'API' }).waitFor()
    assert.match(await page.locator('.vp-doc').innerText(), /maxMessageBytes/)
    await page.context().close()
  })
}

test('a copy button copies the program, as it is', async () => {
  const permissions = ['clipboard-read', 'clipboard-write']
  const page = await newPage({ permissions })
  await open(page, '')
  const block = page.locator('.vp-doc div[class*=language-]', { hasText: 'new Server({' }).first()
  await block.hover()
  await block.getByRole('button').click()
  await block.locator('button.copied').waitFor()
  const copied = await page.evaluate('navigator.clipboard.readText()')
  const [, program] =
    fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8').match(/```js server\n([^]*?)```/) ?? []
  assert.equal(`${copied.trimEnd()}\n`, program)
  await page.context().close()
})

test('the dark appearance is chosen by the reader, and kept', async () => {
  const page = await newPage({ colorScheme: 'light' })
  const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
  await open(page, '')
  assert.equal(await background(), 'rgb(255, 255, 255)')
  await page.locator('.VPNavBarAppearance button').click()
  const dark = await background()
  assert.notEqual(dark, 'rgb(255, 255, 255)')
  await open(page, 'reference/api.html')
  assert.equal(await background(), dark)
  await page.context().close()
})

for (const name of ['internals/figures', 'internals/cluster']) {
  test(`the charts of ${name} are there, and on a phone large enough to read`, async () => {
    const page = await newPage()
    /** @returns {Promise<{ source: string, words: number }[]>} */
    const charts = () =>
      page.evaluate(async () => {
        const { document, fetch, DOMParser } = /** @type {any} */ (globalThis)
        const images = [...document.querySelectorAll('.vp-doc img')]
        await Promise.all(images.map(image => image.decode()))
        return Promise.all(
          images.map(async image => {
            const text = await (await fetch(image.currentSrc)).text()
            const svg = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement
            const scale = image.clientWidth / svg.viewBox.baseVal.width
            const sizes = [...svg.querySelectorAll('text')].map(({ style, attributes }) =>
              Number.parseFloat(style.fontSize || attributes['font-size']?.value),
            )
            return {
              source: image.currentSrc,
              words: Math.min(...sizes) * scale,
            }
          }),
        )
      })
    const text = fs.readFileSync(path.join(ROOT, 'docs', `${name}.md`), 'utf8')
    await open(page, `${name}.html`)
    const wide = await charts()
    assert.ok(wide.length > 0)
    assert.equal(wide.length, text.match(/^!\[/gm)?.length)
    await page.setViewportSize(PHONE)
    await page.waitForFunction(
      (/** @type {string[]} */ sources) =>
        [.../** @type {any} */ (globalThis).document.querySelectorAll('.vp-doc img')].every(
          ({ currentSrc }, at) => currentSrc !== sources[at],
        ),
      wide.map(({ source }) => source),
    )
    for (const [at, { source, words }] of (await charts()).entries()) {
      assert.notEqual(source, wide[at]?.source)
      assert.ok(words >= SMALLEST, `${source}: words of ${words.toFixed(1)} pixels`)
    }
    await page.context().close()
  })
}

test('what is not there is told so', async () => {
  const page = await newPage()
  const response = await page.goto(`${site.url}nothing/of/that.html`)
  assert.equal(response.status(), 404)
  // This page comes empty, and is made by the browser.
  await page.locator('#app', { hasText: '404' }).waitFor()
  await page.context().close()
})

test('no request has left this machine', () => {
  assert.deepEqual([...hosts], ['127.0.0.1'])
})
