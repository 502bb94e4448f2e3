'use strict'

// All that the package exports.

module.exports = {
  Server: require('./server'),
  Client: require('./client'),
  ...require('./errors/classes'),
}
