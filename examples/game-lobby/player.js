'use strict'

// A player of the lobby. By hand, in a folder that holds localhost.crt, beside lobby.js:
//   node player.js NAME [port] [host]
// Then type what to say to the others, or /players, /kick NAME, /start, /quit.

const { once } = require('node:events')
const fs = require('node:fs')
const readline = require('node:readline')

// Outside this repository: require('tls-json')
const TLSClient = require('../..').Client

const [name = 'player', port = '8888', host = 'localhost'] = process.argv.slice(2)

const client = new TLSClient({
  options: {
    ca: [fs.readFileSync('localhost.crt')],
    servername: 'localhost', // the name in the certificate, whatever the host is
  },
  host,
  port: Number(port),
  requestTimeout: 3000,
  password: 'this string is a password, change it',
})

client.on('message', message => {
  if (message.type === 'chat') console.log(`${message.from}: ${message.text}`)
  else if (message.type === 'joined') console.log(`${message.name} joined`)
  else if (message.type === 'left') console.log(`${message.name} ${message.why}`)
  else if (message.type === 'kicked') console.log(`kicked by ${message.by}`)
  else if (message.type === 'started') console.log(`the game starts with ${message.with}`)
  else console.log('message', message)
})

client.on('request', (request, res) => {
  res.send({ ready: request.type === 'ready?' })
})

client.on('close', () => {
  console.log('connection closed')
})

client.on('error', err => {
  console.log('error', err.message)
})

/**
 * What somebody typed.
 *
 * @param {string} line
 */
async function command(line) {
  const [type, argument] = line.split(' ')
  if (type === '/quit') return client.disconnect()
  if (!line.startsWith('/')) return client.send({ type: 'chat', text: line })

  const answer = await client.request({ type: line.slice(1, type?.length), name: argument })
  if (answer.error) return console.log(answer.error)
  for (const player of answer.players ?? []) {
    console.log(`${player.id} ${player.name}${player.bot ? ' (bot)' : ''} from ${player.address}`)
  }
}

/** Joins, then does what is typed until the connection is closed. */
async function main() {
  await once(client, 'authenticated')
  const { error, players } = await client.request({ type: 'join', name })
  if (error) {
    console.log(error)
    return client.disconnect()
  }
  console.log(`in the lobby: ${players.join(', ')}`)

  const input = readline.createInterface({ input: process.stdin })
  client.once('close', () => input.close())
  for await (const line of input) await command(line)
  client.disconnect()
}

main().catch(err => {
  console.error(err.message)
  process.exitCode = 1
  client.disconnect()
})
