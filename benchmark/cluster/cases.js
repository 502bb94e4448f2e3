'use strict'

// What is measured of clusters.

/** @typedef {{ peer: 'ours' | 'socket.io', broker: 'nats' | 'redis' | null, nodes: number }} Case */
/** @typedef {'thread' | 'deliveries' | 'half' | 'late' | 'alone' | 'aloneLate' | 'rate'} Figure */

/** How many nodes there are. */
const NODES = [1, 2, 3, 5]

/** One alone of each, and all numbers of nodes over each broker. @type {readonly Case[]} */
const CASES = [
  { peer: 'ours', broker: null, nodes: 1 },
  ...over('ours', 'nats'),
  ...over('ours', 'redis'),
  { peer: 'socket.io', broker: null, nodes: 1 },
  ...over('socket.io', 'redis'),
]

/**
 * @param {Case['peer']} peer
 * @param {Case['broker']} broker
 * @returns {Case[]}
 */
function over(peer, broker) {
  return NODES.map(nodes => ({ peer, broker, nodes }))
}

/** @param {Case} which @returns {string} */
function nameOf({ peer, broker, nodes }) {
  if (broker === null) return `${peer}, alone`
  const title = { nats: 'NATS', redis: 'Redis' }[broker]
  return `${peer}, over ${title}, ${nodes} node${nodes > 1 ? 's' : ''}`
}

module.exports = { CASES, nameOf }
