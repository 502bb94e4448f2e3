'use strict'

const { later } = require('../host/later')

module.exports = {
  connections: later(() => require('../connection/connection')),
  transport: later(() => require('../transport')),
}
