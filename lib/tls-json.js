'use strict'

// All that the package exports.

const {
  ConnectTimeoutError,
  ConnectionLostError,
  LimitError,
  NotConnectedError,
  RequestTimeoutError,
  TlsJsonError,
} = require('./errors/classes')

module.exports = {
  Server: require('./server'),
  Client: require('./client'),
  ConnectTimeoutError,
  ConnectionLostError,
  LimitError,
  NotConnectedError,
  RequestTimeoutError,
  TlsJsonError,
}
