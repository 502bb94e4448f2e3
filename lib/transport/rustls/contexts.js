'use strict'

// The engine's contexts for TLS material; equal material shares one.

const binding = require('../../engine/binding')
const { bare } = require('../../host/bare')
const trust = require('../../tls/trust')

/** @typedef {import('../../tls/material').Material} Material */

/** @type {WeakMap<readonly Buffer[], InstanceType<typeof binding.TrustStore>>} */
const stores = new WeakMap()

/** @type {WeakMap<object, InstanceType<typeof binding.ClientContext>>} */
const clients = new WeakMap()

/**
 * @param {readonly Buffer[] | null} ca Null for Node's default.
 */
function store(ca) {
  const certificates = ca ?? trust.defaultTrust()
  let found = stores.get(certificates)
  if (found === undefined) {
    found = new binding.TrustStore([...certificates])
    stores.set(certificates, found)
  }
  return found
}

/**
 * @param {Material} material
 * @param {{ requestCert: boolean, rejectUnauthorized: boolean }} [rules] Of a server.
 */
function settings(material, rules) {
  return bare({
    keyPairs: material.keyPairs,
    minVersion: material.minVersion,
    maxVersion: material.maxVersion,
    requestCert: rules?.requestCert === true,
    nameTrusted: material.ca !== null,
    rejectUnauthorized: rules?.rejectUnauthorized !== false,
    allowPartialChain: material.allowPartialTrustChain,
    securityLevel: material.securityLevel,
    alpnProtocols: material.alpnProtocols,
    cipherSuites: material.cipherSuites,
    groups: material.groups,
    signatureSchemes: material.signatureSchemes,
    honorCipherOrder: material.honorCipherOrder,
  })
}

/**
 * The default store is read only by servers that judge their clients: it takes a while.
 * @param {import('../../tls/server-material').ServerMaterial} material
 */
function server(material) {
  const trusted = material.ca === null && !material.requestCert ? [] : material.ca
  return new binding.ServerContext(store(trusted), settings(material, material))
}

/**
 * @param {Readonly<Material>} material The same object for equal values.
 */
function client(material) {
  let context = clients.get(material)
  if (context === undefined) {
    context = new binding.ClientContext(store(material.ca), settings(material))
    // With the default store it must be made anew when Node's defaults change.
    if (material.ca !== null) clients.set(material, context)
  }
  return context
}

module.exports = { client, server }
