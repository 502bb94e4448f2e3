'use strict'

const { later } = require('../host/later')

const making = later(() => require('./create-certificate'))

/** @type {typeof import('./create-certificate').createCertificate} */
function createCertificate(...args) {
  return making().createCertificate(...args)
}

exports.createCertificate = createCertificate
