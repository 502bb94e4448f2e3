'use strict'

const dispatch = require('./dispatch')
const outbox = require('./outbox')

/** All cases in JavaScript, by their names. */
exports.cases = { ...dispatch, ...outbox }
