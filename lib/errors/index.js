'use strict'

/** @typedef {import('./from-engine').EngineError} EngineError */
/** @typedef {import('./from-engine').Target} Target */
/** @typedef {import('./node').CodedError} CodedError */

module.exports = { ...require('./node'), ...require('./own'), ...require('./from-engine') }
