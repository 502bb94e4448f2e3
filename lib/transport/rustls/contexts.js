'use strict'

// The engine's contexts for TLS material; equal material shares one.

const binding = require('../../engine/binding')
const { bare } = require('../../host/bare')
const { isRecentOpenssl } = require('../../errors')
const trust = require('../../tls/trust')

/** @typedef {import('../../tls/options').Material} Material */

/** @type {WeakMap<readonly Buffer[], InstanceType<typeof binding.TrustStore>>} */
const stores = new WeakMap()

/** @type {WeakMap<object, InstanceType<typeof binding.ClientContext>>} */
const clients = new WeakMap()

/**
 * @param {readonly Buffer[] | null} ca Null for Node's default.
 * @param {readonly Buffer[]} extra Trusted as well.
 * @param {readonly Buffer[] | null} crl Null where revocation is not asked about.
 */
function store(ca, extra, crl) {
  const certificates = ca ?? trust.defaultTrust()
  if (extra.length > 0 || crl !== null) {
    const all = [...certificates, ...extra]
    return new binding.TrustStore(all, crl === null ? undefined : [...crl], !isRecentOpenssl())
  }
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
 * @param {import('../../tls/options').ServerMaterial} material
 */
function server(material) {
  const trusted = material.ca === null && !material.requestCert ? [] : material.ca
  return new binding.ServerContext(
    store(trusted, material.extraCa, material.crl),
    settings(material, material),
  )
}

/**
 * @param {Readonly<Material>} material The same object for equal values.
 */
function client(material) {
  let context = clients.get(material)
  if (context === undefined) {
    const trusted = store(material.ca, material.extraCa, material.crl)
    context = new binding.ClientContext(trusted, settings(material))
    // With the default store it must be made anew when Node's defaults change.
    if (material.ca !== null) clients.set(material, context)
  }
  return context
}

module.exports = { client, server }
