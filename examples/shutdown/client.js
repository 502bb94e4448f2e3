'use strict'

// Many clients that have work done: node client.js port [clients]

const { once } = require('node:events')
const fs = require('node:fs')

const { Client } = require('../..') // outside this repository: require('tls-json')

const [port, count = '20'] = process.argv.slice(2)
let answered = 0
let lost = 0

/** @param {number} job */
async function ask(job) {
  const client = new Client({
    options: { ca: [fs.readFileSync('localhost.crt')] },
    host: 'localhost',
    port,
    password: 'this string is a password, change it',
  })
  client.on('error', error => console.log(`error: ${error.message}`))
  const closed = once(client, 'close')
  await once(client, 'authenticated')
  const answer = client.request({ job })
  console.log(`asked for ${job}`)
  await answer.then(
    () => answered++,
    () => lost++,
  )
  await closed
}

Promise.all(Array.from({ length: Number(count) }, (_, job) => ask(job))).then(() => {
  console.log(`${answered} answered, ${lost} lost`)
})
