'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')

/** Which call's context a listener runs in: tracing tools depend on it. */
const contexts = new AsyncLocalStorage()

module.exports = { contexts }
