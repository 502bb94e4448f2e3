'use strict'

/** DER as a tree, which can be changed and written again, in BER as well. */

const { elements } = require('../helpers/certificate-der')

const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const CONSTRUCTED = 0x20

/** @typedef {'shortest' | 'long' | 'longer' | 'indefinite' | 'too much' | 'too little'} Length */

/**
 * @typedef {object} Tree
 * @property {Buffer} tag
 * @property {Length} length how it is written
 * @property {Tree[] | null} children what the content consists of, perhaps behind `before`
 * @property {Buffer} before
 * @property {Buffer} content if there are no children
 */

const EMPTY = Buffer.alloc(0)

/**
 * @param {number | Buffer} tag
 * @param {Buffer | Tree[]} content
 * @returns {Tree}
 */
function tree(tag, content) {
  const children = Buffer.isBuffer(content) ? null : content
  return {
    tag: Buffer.isBuffer(tag) ? tag : Buffer.from([tag]),
    length: 'shortest',
    children,
    before: EMPTY,
    content: Buffer.isBuffer(content) ? content : EMPTY,
  }
}

/**
 * @param {Buffer} bytes DER
 * @returns {Tree[]} what is there one behind the other, with what is in it, and in strings if it is DER
 */
function parse(bytes) {
  return elements(bytes).map(({ tag, content }) => {
    const made = tree(tag, Buffer.from(content))
    const bits = tag === BIT_STRING && content[0] === 0
    if ((tag & CONSTRUCTED) === 0 && tag !== OCTET_STRING && !bits) return made
    made.before = content.subarray(0, bits ? 1 : 0)
    const inside = content.subarray(made.before.length)
    if (tag & CONSTRUCTED) made.children = parse(inside)
    else if (inside.length > 1) {
      try {
        made.children = parse(inside)
      } catch {
        made.before = EMPTY
      }
    } else made.before = EMPTY
    return made
  })
}

/**
 * @param {Length} how
 * @param {number} length
 * @returns {Buffer}
 */
function lengthBytes(how, length) {
  if (how === 'indefinite') return Buffer.from([0x80])
  const written = length + ({ 'too much': 1, 'too little': -1 }[String(how)] ?? 0)
  const hex = Math.max(0, written).toString(16)
  const number = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  const long = (/** @type {Buffer} */ bytes) =>
    Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
  if (how === 'long') return long(number)
  if (how === 'longer') return long(Buffer.concat([Buffer.alloc(2), number]))
  return written < 0x80 ? number : long(number)
}

/**
 * @param {Tree} from
 * @returns {Buffer} what stands behind its length
 */
const contentOf = ({ children, before, content }) =>
  children ? Buffer.concat([before, ...children.map(write)]) : content

/**
 * @param {Tree} from
 * @returns {Buffer}
 */
function write(from) {
  const { tag, length } = from
  const inside = contentOf(from)
  const end = length === 'indefinite' ? Buffer.alloc(2) : EMPTY
  return Buffer.concat([tag, lengthBytes(length, inside.length), inside, end])
}

/**
 * @param {Tree} from
 * @returns {Tree} with nothing in common
 */
function copy(from) {
  return {
    ...from,
    tag: Buffer.from(from.tag),
    content: Buffer.from(from.content),
    children: from.children?.map(copy) ?? null,
  }
}

/**
 * @param {Tree} from
 * @returns {Tree[]} it and all in it
 */
function all(from) {
  return [from, ...(from.children ?? []).flatMap(all)]
}

module.exports = { all, contentOf, copy, parse, tree, write }
