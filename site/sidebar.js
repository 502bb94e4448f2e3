'use strict'

/**
 * The sidebar: what docs/README.md lists, in its order, and the types.
 */

const fs = require('node:fs')
const path = require('node:path')

const { siteLink } = require('./links')
const { ROOT, TYPES } = require('./pages')

/**
 * @typedef {object} Item
 * @property {string} text
 * @property {string} [link]
 * @property {boolean} [collapsed]
 * @property {Item[]} [items]
 */

/** The list of documents. */
const LIST = 'docs/README.md'

/** Its sections that list some. */
const SECTIONS = ['Guides', 'Reference', 'Internals']

/**
 * @param {string} words of a link
 * @returns {string} as a title
 */
function titled(words) {
  const text = words.replace(/\s+/g, ' ').replace(/\.md$/, '')
  const plain = /^[A-Z]+$/.test(text) && text.length > 3 ? text.toLowerCase() : text
  return plain.charAt(0).toUpperCase() + plain.slice(1)
}

/** @returns {Item[]} of the documents */
function documents() {
  const text = fs.readFileSync(path.join(ROOT, LIST), 'utf8')
  return SECTIONS.map(section => {
    const [, part = ''] = text.split(new RegExp(`^## ${section}$`, 'm'))
    const [list = ''] = part.split(/^## /m)
    const found = list.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)
    const items = [...found].map(([, words = '', target = '']) => ({
      text: titled(words),
      link: siteLink(target, LIST),
    }))
    if (items.length === 0) throw new Error(`${LIST} lists nothing under "${section}"`)
    return { text: section, items }
  })
}

/**
 * @param {string} folder of what TypeDoc wrote
 * @returns {Item[]}
 */
function typesIn(folder) {
  return fs
    .readdirSync(path.join(ROOT, TYPES, folder))
    .sort()
    .map(name => ({ text: name.replace(/\.md$/, ''), link: `/types/${folder}/${name}` }))
}

/** @returns {Item[]} of the types, by what they are */
function types() {
  const kinds = fs
    .readdirSync(path.join(ROOT, TYPES), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  const items = kinds.map(name => ({
    text: titled(name.replaceAll('-', ' ')),
    collapsed: true,
    items: typesIn(name),
  }))
  return [{ text: 'Types', link: '/types/', collapsed: false, items }]
}

/** @returns {Item[]} */
function sidebar() {
  return [...documents(), ...types()]
}

module.exports = { sidebar }
