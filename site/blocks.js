'use strict'

/**
 * A plugin of markdown-it. Each cell of a table knows its column's heading, so that narrow screens can show rows as lists;
 * and code that is indented gets what fenced code has.
 *
 * @param {any} markdown
 */
function blocks(markdown) {
  // VitePress writes its tables without what is known of them here.
  markdown.renderer.rules.table_open = (
    /** @type {any} */ tokens,
    /** @type {number} */ at,
    /** @type {any} */ options,
    /** @type {any} */ _env,
    /** @type {any} */ self,
  ) => self.renderToken(tokens, at, options)
  markdown.core.ruler.push('site-blocks', (/** @type {any} */ { tokens }) => {
    /** @type {string[]} */
    let headings = []
    let column = 0
    let table
    for (const [at, token] of tokens.entries()) {
      if (token.type === 'code_block') Object.assign(token, { type: 'fence', info: 'text' })
      if (token.type === 'table_open') {
        table = token
        headings = []
      } else if (token.type === 'tr_open') {
        column = 0
      } else if (token.type === 'th_open') {
        headings.push(tokens[at + 1].content)
        if (headings.length === 3) table.attrJoin('class', 'wide')
      } else if (token.type === 'td_open') {
        const heading = headings[column] ?? ''
        if (column > 0) token.attrSet('data-heading', heading.replace(/[`*]/g, ''))
        column += 1
      }
    }
  })
}

module.exports = { blocks }
