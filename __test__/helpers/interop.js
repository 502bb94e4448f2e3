'use strict'

const path = require('node:path')
const certificates = require('./certificates')
const { cases } = require('./interop-cases')
const subject = require('./subject')

/**
 * Every case in both directions with both of the README's certificates.
 *
 * @param {string} reference the original's directory
 * @returns {{ name: string, run: (t: import('node:test').TestContext) => Promise<void> }[]}
 */
function interop(reference) {
  const original = require(path.resolve(reference))
  const ours = require(subject.directory)
  if (original === ours)
    throw new Error(`${reference} is the package under test: give the original's directory`)
  const directions = {
    "our Server, the original's Client": { Server: ours.Server, Client: original.Client },
    "the original's Server, our Client": { Server: original.Server, Client: ours.Client },
  }
  const identities = { 'X.509 v1': certificates.readmeV1(), 'CA:TRUE': certificates.readmeCa() }
  return Object.entries(directions).flatMap(([direction, classes]) =>
    Object.entries(identities).flatMap(([recipe, identity]) =>
      Object.entries(cases).map(([name, body]) => ({
        name: `${direction}, ${recipe}: ${name}`,
        run: (/** @type {import('node:test').TestContext} */ t) =>
          body(t, { ...classes, identity }),
      })),
    ),
  )
}

module.exports = { interop }
