'use strict'

// Logs in with a token: node client.js port token

const fs = require('node:fs')

const { Client } = require('../..') // outside this repository: require('tls-json')

const [port, token] = process.argv.slice(2)
const client = new Client({
  options: { ca: [fs.readFileSync('localhost.crt')] },
  host: 'localhost',
  port,
  password: { token },
})
client.on('message', message => {
  console.log(message.error ? `refused: ${message.error}` : `the server knows us: ${message.hello}`)
  client.disconnect()
})
client.on('error', error => console.log(`error: ${error.message}`))
