'use strict'

// Several clients, and which process serves each: node client.js port [clients]

const { once } = require('node:events')
const fs = require('node:fs')

const { Client } = require('../..') // outside this repository: require('tls-json')

const [port, count = '4'] = process.argv.slice(2)

async function ask() {
  const client = new Client({
    options: { ca: [fs.readFileSync('localhost.crt')] },
    host: 'localhost',
    port,
    password: 'this string is a password, change it',
  })
  client.on('error', error => console.log(`error: ${error.message}`))
  await once(client, 'authenticated')
  console.log(`served by ${(await client.request({})).worker}`)
}

for (let at = 0; at < Number(count); at++) ask()
