'use strict'

// What other nodes have answered. No node reads it on the way, so what is broken is seen only here, inside an event of the
// broker's client: nothing may be thrown there, and who has asked has to be told.

const errors = require('./errors')
const { parse } = require('../host/host')

/**
 * @param {string} from The node that has answered.
 * @param {string} payload
 * @returns {{ answer: any, error?: undefined } | { error: import('../errors').CodedError }}
 */
function answerOf(from, payload) {
  try {
    return { answer: parse(payload) }
  } catch {
    return { error: errors.brokenAnswer(from) }
  }
}

/**
 * @param {import('./wire').Header} header
 * @param {string} payload
 * @returns {{ answer: any[], error?: undefined } | { error: import('../errors').CodedError }} A page of a list.
 */
function pageOf({ from, more }, payload) {
  const told = answerOf(from, payload)
  if (told.error !== undefined) return told
  const { answer } = told
  // One that is empty and not the last would be followed by others for ever.
  if (Array.isArray(answer) && (answer.length > 0 || more !== true)) return { answer }
  return { error: errors.brokenAnswer(from) }
}

module.exports = { answerOf, pageOf }
