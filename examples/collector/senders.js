'use strict'

// Many clients of the collector in one process. Each sends bursts of numbered measurements until
// the collector asks it to finish.
//
// By hand, in a folder that holds localhost.crt, beside collector.js:
//   node senders.js [clients] [port]

const fs = require('node:fs')

// Outside this repository: require('tls-json')
const TLSClient = require('../..').Client

const BURST = 20
const PAUSE = 500 // milliseconds between two bursts of a client

const [clients = '200', port = '8888'] = process.argv.slice(2)

const config = {
  options: {
    ca: [fs.readFileSync('localhost.crt')],
  },
  host: 'localhost',
  port: Number(port),
  requestTimeout: 5000,
  password: 'this string is a password, change it',
}

let connected = 0
let open = Number(clients)
let total = 0

/** One client, from its login to its end. */
function startSender() {
  const client = new TLSClient(config)
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  let sent = 0

  /** Sends a burst, each measurement with its number. */
  function burst() {
    for (let i = 0; i < BURST; i++) client.send({ n: ++sent, value: Math.sin(sent) })
  }

  client.on('authenticated', () => {
    connected++
    if (connected === Number(clients)) console.log(`${connected} clients are sending`)
    burst()
    timer = setInterval(burst, PAUSE)
  })

  client.on('request', (_request, res) => {
    clearInterval(timer)
    burst()
    res.send({ sent })
  })

  // The collector hangs up when it has the answer.
  client.on('close', () => {
    clearInterval(timer)
    total += sent
    open--
    if (open === 0) console.log(`${connected} clients sent ${total} measurements`)
  })

  client.on('error', err => {
    console.log('error', err.message)
    process.exitCode = 1
  })
}

for (let i = 0; i < Number(clients); i++) startSender()
