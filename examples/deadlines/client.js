'use strict'

// Requests with a deadline each, and requests that are given up: node client.js port

const fs = require('node:fs')

const { Client } = require('../..') // outside this repository: require('tls-json')

const client = new Client({
  options: { ca: [fs.readFileSync('localhost.crt')] },
  host: 'localhost',
  port: process.argv[2],
  password: 'this string is a password, change it',
})
client.on('error', error => console.log(`error: ${error.message}`))

/**
 * @param {string} name
 * @param {Promise<any>} request
 */
async function tell(name, request) {
  const outcome = await request.then(
    ({ after }) => `answered after ${after}`,
    error => `${error.code ?? error.name}: ${error.message}`,
  )
  console.log(`${name}: ${outcome}`)
}

client.once('authenticated', async () => {
  // Each has the time that it needs.
  await tell('short', client.request({ after: 0 }, { timeout: 5000 }))
  await tell('too short', client.request({ after: 60_000 }, { timeout: 50 }))
  // Whoever asked has changed his mind.
  const controller = new AbortController()
  const given = client.request({}, { timeout: Infinity, signal: controller.signal })
  controller.abort(new Error('not needed any more'))
  await tell('given up', given)
  // Several requests that share one deadline.
  const signal = AbortSignal.timeout(200)
  await Promise.all([1, 2].map(at => tell(`together ${at}`, client.request({}, { signal }))))
  console.log(`${client.stats().requests.pending} wait`)
  client.disconnect()
})
