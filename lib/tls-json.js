'use strict'

// All that the package exports.

module.exports = {
  Server: require('./server/server'),
  Client: require('./client/client'),
  ...require('./errors/classes'),
  ...require('./certificates'),
}
