'use strict'

// Stays connected, and says which certificate the server has shown: node client.js port CA-FILE...
// It trusts all of the files: before a change of the issuer clients must trust both. Ends when 'bye' is typed.

const fs = require('node:fs')
const readline = require('node:readline')

const { Client } = require('../..') // outside this repository: require('tls-json')

const [port, ...files] = process.argv.slice(2)
const client = new Client({
  options: { ca: files.map(file => fs.readFileSync(file)) },
  host: 'localhost',
  port,
  password: 'this string is a password, change it',
})
client.on('authenticated', () => {
  console.log(`certificate ${client.socket.getPeerCertificate()?.serialNumber}`)
})
client.on('close', () => console.log('closed'))
client.on('error', error => console.log(`error: ${error.message}`))

const lines = readline.createInterface({ input: process.stdin })
lines.on('line', async line => {
  if (line === 'bye') {
    client.disconnect()
    process.stdin.destroy()
  } else {
    console.log(`still client ${(await client.request({ line })).id}`)
  }
})
