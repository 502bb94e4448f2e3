'use strict'

const os = require('node:os')

/**
 * @typedef {object} Machine
 * @property {string} cpu model
 * @property {number} cores this process may use
 * @property {number} memory bytes
 * @property {string} os
 * @property {string} node version
 * @property {string} openssl version inside Node
 * @property {string} date ISO 8601
 * @property {number[]} load averages over 1, 5 and 15 minutes at the start
 */

/** @returns {Machine} */
function describeMachine() {
  return {
    cpu: os.cpus()[0]?.model.trim() || 'unknown',
    cores: os.availableParallelism(),
    memory: os.totalmem(),
    os: `${os.type()} ${os.release().split('-')[0]} ${os.arch()}`,
    node: process.version,
    openssl: process.versions.openssl,
    date: new Date().toISOString(),
    load: os.loadavg(),
  }
}

module.exports = { describeMachine }
