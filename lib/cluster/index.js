'use strict'

// All that `tls-json/cluster` exports.

module.exports = {
  Cluster: require('./cluster'),
  memoryBroker: require('./brokers/memory').memoryBroker,
  nats: require('./brokers/nats').nats,
  redis: require('./brokers/redis').redis,
}
