'use strict'

// Shows a certificate: node client.js port [NAME], with NAME.key and NAME.crt. Without a name it shows none.

const fs = require('node:fs')

const { Client } = require('../..') // outside this repository: require('tls-json')

const [port, name] = process.argv.slice(2)
const own = name && { key: fs.readFileSync(`${name}.key`), cert: fs.readFileSync(`${name}.crt`) }
const client = new Client({
  options: { ca: [fs.readFileSync('localhost.crt')], ...own },
  host: 'localhost',
  port,
})
client.on('authenticated', () => {
  console.log('logged in')
  client.disconnect()
})
client.on('message', ({ error }) => console.log(`refused: ${error}`))
client.on('error', error => console.log(`error: ${error.message}`))
