'use strict'

// A chat with rooms. Clients send { join }, { leave } or { say, in } (see client.js).
//
// By hand, in a folder that holds localhost.key and localhost.crt (see the README): node server.js [port]

const fs = require('node:fs')

const { Server } = require('../..') // outside this repository: require('tls-json')

const server = new Server({
  options: { key: fs.readFileSync('localhost.key'), cert: fs.readFileSync('localhost.crt') },
  password: 'this string is a password, change it',
})
server.on('authenticated', id => server.join(id, 'everybody'))
server.on('request', (id, { join, leave, say, in: room }, res) => {
  try {
    if (join !== undefined) server.join(id, join)
    else if (leave !== undefined) server.leave(id, leave)
    else if (!server.rooms.get(room)?.has(id)) throw new Error(`you are not in ${room}`)
    res.send({
      reached: say === undefined ? 0 : server.to(room).except(id).send({ from: id, say, room }),
    })
  } catch (error) {
    // A name that is none, for one.
    res.error(error)
  }
})
server.on('close', id => {
  const rooms = [...(server.clients.get(id)?.rooms ?? [])]
  server.to(rooms).send({ from: id, gone: true })
  const left = [...server.rooms].map(([name, ids]) => `${name}: ${ids.size}`)
  console.log(`${id} has gone from ${rooms.join(', ')}; ${left.join(', ') || 'nobody is left'}`)
})
server.on('error', (id, error) => console.log(`error ${id}: ${error.message}`))
server.listen(Number(process.argv[2] ?? 8888), () => {
  console.log('listening on', server.tlsServer.address())
})
process.once('SIGTERM', () => server.shutdown({ spread: 0 }))
