'use strict'

// The broadcasts of this tick: what several connections get alike is kept once, as the text of a group. A connection that
// is written something of its own leaves its group with a copy of the text, so that the order is kept for each.

/** @typedef {import('./outbox-types').Group} Group */
/** @typedef {import('./outbox-types').Target} Target */

/** Those with text that is not handed over. @type {Group[]} */
const groups = []

/**
 * @param {Target[]} targets None of which has text of this tick.
 * @param {string} text
 */
function open(targets, text) {
  const opened = { targets, size: targets.length, text }
  for (const target of targets) target.group = opened
  groups.push(opened)
}

/**
 * @param {readonly Target[]} targets
 * @returns {Group | null} The group that all of them are in, and nobody else.
 */
function of(targets) {
  const group = targets[0]?.group ?? null
  const isTheirs = group?.size === targets.length && targets.every(each => each.group === group)
  return isTheirs ? group : null
}

/**
 * Takes a connection out of its group.
 * @param {Target} target
 * @returns {string} The text of the group.
 */
function leave(target) {
  const { group } = target
  if (group === null) return ''
  target.group = null
  group.size--
  return group.text
}

/**
 * Ends a group.
 * @param {Group} group
 * @returns {Target[]} Those who were still in it.
 */
function dissolve(group) {
  const at = groups.indexOf(group)
  if (at !== -1) groups.splice(at, 1)
  const targets = group.targets.filter(target => target.group === group)
  for (const target of targets) target.group = null
  return targets
}

/**
 * @param {object} stats
 * @returns {number} Bytes that wait for the connections of one server or client.
 */
function waiting(stats) {
  let bytes = 0
  for (const { targets, size, text } of groups) {
    if (targets[0]?.stats === stats) bytes += size * Buffer.byteLength(text)
  }
  return bytes
}

module.exports = { dissolve, groups, leave, of, open, waiting }
