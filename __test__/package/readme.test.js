'use strict'

// The README shows the programs that `npm start` and the tests run, not others like them.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const ROOT = path.resolve(__dirname, '..', '..')
const README = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8')

/**
 * @param {string} text
 * @param {string | RegExp} search
 * @param {string} replacement
 * @returns {string}
 */
function replaced(text, search, replacement) {
  const result = text.replace(search, replacement)
  assert.notEqual(result, text, `${search} is not there`)
  return result
}

/**
 * An example as it is written outside this repository.
 *
 * @param {string} name
 * @returns {string}
 */
function example(name) {
  let text = fs.readFileSync(path.join(ROOT, 'examples', `${name}.js`), 'utf8')
  text = replaced(text, /^'use strict'\n\n(\/\/.*\n)+\n/, '')
  text = replaced(text, "// Outside this repository: require('tls-json')\n", '')
  return replaced(text, "require('..')", "require('tls-json')")
}

for (const name of ['server', 'client']) {
  test(`the README's ${name} is examples/${name}.js`, () => {
    const [, block] =
      README.match(`<!-- ${name} -->\n\n\`\`\`js ${name}\n([^]*?)\`\`\`\n\n<!-- /${name} -->`) ?? []
    assert.equal(block, example(name))
  })
}
