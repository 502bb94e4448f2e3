'use strict'

// A game lobby: players join under a name, talk, and see who comes and goes. The one who has been
// here longest is the host, who can kick others and start the game. When the last player has left,
// the lobby sends the bots away and closes.
//
// By hand, in a folder that holds localhost.key and localhost.crt (see the README):
//   node lobby.js [port]
// and, each in a terminal of its own: node player.js NAME [port]; node bot.js NAME [port]

const fs = require('node:fs')

// Outside this repository: require('tls-json')
const TLSServer = require('../..').Server

const server = new TLSServer({
  options: {
    key: fs.readFileSync('localhost.key'),
    cert: fs.readFileSync('localhost.crt'),
  },
  requestTimeout: 2000, // how long someone may take to say that he is ready
  password: 'this string is a password, change it',
})

/**
 * @typedef {object} Player
 * @property {number} id of the connection
 * @property {string} name
 * @property {string} address
 * @property {boolean} bot
 */

/** Who has joined, by id. @type {Map<number, Player>} */
const players = new Map()

/** Where connections come from, by id. @type {Map<number, string>} */
const addresses = new Map()

/** @returns {Player | undefined} who may kick and start */
function host() {
  return [...players.values()].find(player => !player.bot)
}

/** @param {string} name */
function named(name) {
  return [...players.values()].find(player => player.name === name)
}

/**
 * Sends to everyone who has joined, but for one.
 *
 * @param {number | undefined} exceptId
 * @param {object} message
 */
function tell(exceptId, message) {
  for (const id of players.keys()) {
    if (id !== exceptId) server.send(id, message)
  }
}

/**
 * @param {number} id
 * @param {{ name: string, bot?: boolean }} request
 */
function join(id, { name, bot = false }) {
  if (players.has(id) || named(name)) return { error: `there is a ${name} already` }
  players.set(id, { id, name, address: addresses.get(id) ?? '', bot })
  console.log(`${name} joined as ${id}`)
  tell(id, { type: 'joined', name })
  return { players: [...players.values()].map(player => player.name) }
}

/**
 * Takes a player out. Nothing is sent to it from now on; its 'close' may come later.
 *
 * @param {Player} player
 * @param {string} why
 */
function leave({ id, name, bot }, why) {
  players.delete(id)
  console.log(`${name} ${why}`)
  tell(id, { type: 'left', name, why })
  if (!bot && host() === undefined) close()
}

/**
 * Hangs up at once. One short message before that still arrives; where more may be under way,
 * socket.end() is the way to have all of it delivered.
 *
 * @param {Player} player
 * @param {string} by
 */
function kick(player, by) {
  server.send(player.id, { type: 'kicked', by })
  server.sockets.get(player.id)?.destroy()
  leave(player, `was kicked by ${by}`)
}

/** Asks everyone at once, and starts when all are ready. */
async function start() {
  const asked = [...players.keys()].map(id => server.request(id, { type: 'ready?' }))
  const answers = await Promise.all(asked)
  if (!answers.every(answer => answer.ready)) return { error: 'not everyone is ready' }
  console.log(`the game starts with ${players.size}`)
  tell(undefined, { type: 'started', with: players.size })
  return { started: true }
}

/** Takes no more connections and ends those there are; then nothing keeps the process alive. */
function close() {
  server.close(() => console.log('lobby closed'))
  tell(undefined, { type: 'kicked', by: 'the lobby' })
  for (const socket of server.sockets.values()) socket.end()
}

server.on('authenticated', (id, socket) => {
  // IPv4 addresses look like ::ffff:127.0.0.1 to a server that listens on IPv6, too.
  const address = String(socket.remoteAddress).replace('::ffff:', '')
  addresses.set(id, address)
  console.log(`connection ${id} from ${address}`)
})

server.on('message', (id, message) => {
  const player = players.get(id)
  if (player) tell(id, { type: 'chat', from: player.name, text: message.text })
})

server.on('request', async (id, request, res) => {
  const player = players.get(id)
  if (request.type === 'join') return res.send(join(id, request))
  if (!player) return res.send({ error: 'join first' })
  if (request.type === 'players') return res.send({ players: [...players.values()] })
  if (player !== host()) return res.send({ error: 'only the host can do that' })

  if (request.type === 'kick') {
    const other = named(request.name)
    if (!other) return res.send({ error: `there is no ${request.name}` })
    kick(other, player.name)
    return res.send({ kicked: other.name })
  }
  if (request.type === 'start') {
    return res.send(await start().catch(err => ({ error: err.message })))
  }
  return res.send({ error: `what is ${request.type}?` })
})

// Comes whatever ended the connection, so also for those who were kicked.
server.on('close', id => {
  const player = players.get(id)
  if (player) leave(player, 'left')
  addresses.delete(id)
  console.log(`connection ${id} closed`)
})

server.on('error', (id, err) => {
  console.log('error', err, 'from', id)
})

server.listen(Number(process.argv[2] ?? 8888), () => {
  console.log('lobby listening on', server.tlsServer.address())
})
