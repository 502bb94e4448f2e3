'use strict'

const dispatch = require('./dispatch')
const outbox = require('./outbox')
const requests = require('./requests')

/** All cases in JavaScript, by their names. */
exports.cases = { ...dispatch, ...outbox, ...requests }
