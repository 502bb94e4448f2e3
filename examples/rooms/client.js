'use strict'

// A member of the chat: node client.js port. Each line typed in is a command: join ROOM, leave ROOM, say ROOM TEXT, bye.

const fs = require('node:fs')
const readline = require('node:readline')

const { Client } = require('../..') // outside this repository: require('tls-json')

const client = new Client({
  options: { ca: [fs.readFileSync('localhost.crt')] },
  host: 'localhost',
  port: process.argv[2],
  password: 'this string is a password, change it',
})
const lines = readline.createInterface({ input: process.stdin })

client.on('authenticated', () => console.log('logged in'))
client.on('message', ({ from, say, room }) => {
  console.log(say === undefined ? `${from} has gone` : `${from} in ${room}: ${say}`)
})
client.on('error', error => console.log(`error: ${error.message}`))

lines.on('line', async line => {
  const [command, room, ...words] = line.split(' ')
  if (command === 'bye') {
    client.disconnect()
    process.stdin.destroy()
    return
  }
  const request = command === 'say' ? { say: words.join(' '), in: room } : { [command]: room }
  const { reached, error } = await client.request(request)
  console.log(error ? `no: ${error}` : `${command}: reached ${reached}`)
})
