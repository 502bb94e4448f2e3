'use strict'

// A bot for the lobby: greets who says hello, is always ready, and ends when it is sent away.
// By hand, in a folder that holds localhost.crt, beside lobby.js:
//   node bot.js NAME [port] [host]

const fs = require('node:fs')

// Outside this repository: require('tls-json')
const TLSClient = require('../..').Client

const [name = 'bot', port = '8888', host = 'localhost'] = process.argv.slice(2)

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

client.on('authenticated', async () => {
  try {
    const { error } = await client.request({ type: 'join', name, bot: true })
    console.log(error ?? `${name} is in the lobby`)
    if (error) client.disconnect()
  } catch (err) {
    console.log('could not join:', err)
  }
})

client.on('message', ({ type, from, text, by }) => {
  if (type === 'chat' && text === 'hello') {
    console.log(`${from} says hello`)
    client.send({ type: 'chat', text: `hello ${from}` })
  }
  if (type === 'kicked') console.log(`kicked by ${by}`)
})

client.on('request', (_request, res) => {
  res.send({ ready: true })
})

// Without a reconnectInterval that is the end: nothing keeps the process alive.
client.on('close', () => {
  console.log('connection closed')
})

client.on('error', err => {
  console.log('error', err.message)
})
