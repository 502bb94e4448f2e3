'use strict'

/**
 * Links and pictures as the site has them. In the files they lead from file to file, for GitHub and for who reads them as
 * they are.
 */

const fs = require('node:fs')
const path = require('node:path')

const { ROOT, allPages, pageOf } = require('./pages')

/** Where the charts for narrow screens are, relative to the repository. */
const NARROW = 'build/site-charts'

/** @typedef {any} Token of markdown-it, whose types are those of a browser */

/** @returns {string} the address of the repository */
function repository() {
  const { repository: of } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
  return `https://github.com/${process.env.GITHUB_REPOSITORY || of.replace(/^github:/, '')}`
}

/**
 * @param {string} href as it stands in the file
 * @param {string} from the file, relative to the repository
 * @returns {string} the link on the site: to a page, or to the file in the repository
 */
function siteLink(href, from) {
  if (/^([a-z]+:|#|\/)/i.test(href)) return href
  const [name = '', hash] = href.split('#')
  const file = path.posix.join(path.posix.dirname(from), name)
  const page = pageOf(file)
  const target = page === undefined ? `${repository()}/blob/HEAD/${file}` : `/${page}`
  return hash === undefined ? target : `${target}#${hash}`
}

/**
 * @param {Token} image
 * @param {string} from the file, relative to the repository
 * @returns {Token[]} it, and for narrow screens another of the same figures, if there is one
 */
function pictures(image, from) {
  const file = path.posix.join(path.posix.dirname(from), image.attrGet('src') ?? '')
  const narrow = `${NARROW}/${path.posix.basename(file)}`
  if (!file.startsWith('docs/benchmark/') || !fs.existsSync(path.join(ROOT, narrow))) return [image]
  const tag = (/** @type {string} */ content) =>
    Object.assign(new image.constructor('html_inline', '', 0), { content })
  // With a dot: without one it would be the name of a package.
  const source = `./${path.posix.relative(path.posix.dirname(from), narrow)}`
  return [
    tag(`<picture><source media="(max-width: 640px)" srcset="${source}">`),
    image,
    tag('</picture>'),
  ]
}

/**
 * A plugin of markdown-it.
 *
 * @param {any} markdown
 */
function links(markdown) {
  const fileOf = new Map(Object.entries(allPages()).map(([file, page]) => [page, file]))
  markdown.core.ruler.push('site-links', (/** @type {any} */ state) => {
    const from = fileOf.get(state.env.relativePath) ?? state.env.relativePath
    if (from === undefined) return
    for (const token of state.tokens) {
      token.children = token.children?.flatMap((/** @type {Token} */ child) => {
        if (child.type === 'link_open') {
          child.attrSet('href', siteLink(child.attrGet('href') ?? '', from))
        }
        return child.type === 'image' ? pictures(child, from) : [child]
      })
    }
  })
}

module.exports = { NARROW, links, repository, siteLink }
