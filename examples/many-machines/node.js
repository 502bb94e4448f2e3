'use strict'

// One of several servers of a game lobby. Players meet at tables, whichever server they have come to.
//
// By hand, in a folder that holds localhost.key and localhost.crt (see the README):
//   node node.js NAME PORT BROKER        BROKER: nats://127.0.0.1:4222 or redis://127.0.0.1:6379
// `node run.js` starts three of them with all that belongs to them.

const fs = require('node:fs')

const { Server } = require('../..') // outside this repository: require('tls-json')
const { Cluster, nats, redis } = require('../../cluster') // require('tls-json/cluster')

const [name = 'node', port = '8901', url = 'nats://127.0.0.1:4222'] = process.argv.slice(2)

const server = new Server({
  options: { key: fs.readFileSync('localhost.key'), cert: fs.readFileSync('localhost.crt') },
  password: 'this string is a password, change it',
})
const cluster = new Cluster(server, {
  broker: url.startsWith('redis') ? redis(url) : nats(url),
  name,
  // A quarter of what it is otherwise, so that nobody has to wait for long before he sees that a node is lost.
  heartbeatInterval: 500,
  heartbeatTimeout: 2500,
  // What the other nodes see of a client of this one.
  describe: ({ data }) => ({ player: data?.player }),
})

/**
 * Who sits at a table, on all nodes.
 *
 * @param {string} table
 */
async function playersAt(table) {
  const players = []
  const clients = cluster.clients({ room: table, timeout: 1000 })
  for await (const { info, node } of clients) players.push({ name: info.player, node })
  return { players, missing: clients.missing }
}

/**
 * Asks everybody at a table whether he is ready.
 *
 * @param {string} table
 */
async function start(table) {
  let ready = 0
  const late = []
  for await (const { id, error } of cluster
    .to(table)
    .request({ type: 'ready?' }, { timeout: 1000 })) {
    if (error) late.push(id)
    else ready++
  }
  if (late.length === 0) cluster.to(table).send({ type: 'started', with: ready })
  return { ready, late }
}

server.on('request', async (id, { type, player, table }, res) => {
  const client = server.clients.get(id)
  if (!client) return
  if (type === 'join') {
    client.data = { player, table }
    server.join(id, table)
    // Of all nodes only those where somebody sits at this table get it.
    cluster.to(table).except(cluster.idOf(id)).send({ type: 'joined', player, node: name })
    return res.send({ node: name, ...(await playersAt(table)) })
  }
  if (!client.data) return res.send({ error: 'join first' })
  if (type === 'players') return res.send(await playersAt(client.data.table))
  if (type === 'start') return res.send(await start(client.data.table))
  return res.send({ error: `what is ${type}?` })
})

server.on('message', (id, { text }) => {
  const { player, table } = server.clients.get(id)?.data ?? {}
  if (player) cluster.to(table).except(cluster.idOf(id)).send({ type: 'chat', player, text })
})

server.on('close', id => {
  const { player, table } = server.clients.get(id)?.data ?? {}
  if (player) cluster.to(table).send({ type: 'left', player })
})

server.on('error', (id, error) => console.log(`error ${id}: ${error.message}`))

cluster.on('up', () => console.log('the broker is connected'))
cluster.on('down', error => console.log(error.message))
cluster.on('nodeUp', ({ id }) => console.log(`knows ${id}`))
// Nobody says of a killed process that its players have left. Those here are told by each node.
cluster.on('nodeDown', ({ id }, reason) => {
  console.log(`${id} is ${reason}`)
  if (reason !== 'left') server.broadcast({ type: 'lost', node: id })
})
cluster.on('error', (id, error) => console.log(`error ${id ?? ''}: ${error.message}`))

// The others are told, and clients go elsewhere: the balancer finds nobody here any more.
process.once('SIGTERM', async () => {
  console.log('shutting down')
  await server.shutdown({ timeout: 5000, spread: 200 })
  console.log('shut down')
})

cluster.ready().then(() => {
  server.listen(Number(port), () => console.log('listening on', server.tlsServer.address()))
})
