'use strict'

// A player. By hand, in a folder that holds localhost.crt:
//   node player.js NAME TABLE [port]
// Then type what to say to those at the table, or /players, /start, /quit.

const fs = require('node:fs')
const readline = require('node:readline')

const { Client } = require('../..') // outside this repository: require('tls-json')

const [player = 'player', table = 'table 1', port = '8888'] = process.argv.slice(2)

const client = new Client({
  options: { ca: [fs.readFileSync('localhost.crt')] },
  host: 'localhost',
  port,
  password: 'this string is a password, change it',
  requestTimeout: 5000,
  // To another server, as soon as one is lost.
  reconnect: { min: 50, max: 1000 },
})

client.on('authenticated', async () => {
  try {
    const { node, players } = await client.request({ type: 'join', player, table })
    const names = players.map((/** @type {{ name: string }} */ { name }) => name).sort()
    console.log(`at ${table}, by ${node}: ${names.join(', ')}`)
  } catch (error) {
    // The connection is lost again; the next one joins.
    console.log(`could not join: ${error instanceof Error ? error.message : error}`)
  }
})

client.on('message', message => {
  if (message.type === 'chat') console.log(`${message.player}: ${message.text}`)
  if (message.type === 'joined') console.log(`${message.player} joined, by ${message.node}`)
  if (message.type === 'left') console.log(`${message.player} left`)
  if (message.type === 'lost') console.log(`the server ${message.node} is lost`)
  if (message.type === 'started') console.log(`the game starts with ${message.with}`)
})

client.on('request', (request, res) => res.send({ ready: request.type === 'ready?' }))
client.on('close', () => console.log('connection closed'))
client.on('error', error => console.log(`error: ${error.message}`))

/** @param {string} line what somebody typed */
async function command(line) {
  if (!line.startsWith('/')) return client.send({ text: line })
  const { error, players, ready, late } = await client.request({ type: line.slice(1) })
  if (error) console.log(error)
  if (late) console.log(late.length === 0 ? `${ready} are ready` : `no answer from ${late}`)
  for (const { name, node } of players ?? []) console.log(`${name} is at ${node.split('-')[0]}`)
}

const input = readline.createInterface({ input: process.stdin })
input.on('line', line => {
  if (line === '/quit') return input.close()
  command(line).catch(error => console.log(`error: ${error.message}`))
})
input.on('close', () => {
  client.disconnect()
  // An open pipe would keep the process.
  process.stdin.destroy()
})
