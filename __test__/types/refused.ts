// Each line under `@ts-expect-error` must be an error: tsc reports the comment where it is none.

import { Client, LimitError, Server, TlsJsonError, createCertificate } from 'tls-json'

// @ts-expect-error The configuration is not optional.
new Server()
// @ts-expect-error Nor for a client.
new Client()
// @ts-expect-error A misspelt option.
new Server({ keepaliveInterval: 1000 })
// @ts-expect-error Milliseconds are a number.
new Client({ port: 1, reconnectInterval: '5s' })
// @ts-expect-error Node's types are those of Node.
new Client({ port: 1, options: { minVersion: 'TLSv1.4' } })

// @ts-expect-error Another purpose.
createCertificate({ purpose: 'servers' })
// @ts-expect-error A key without its certificate.
createCertificate({ issuer: { key: 'PEM' } })

const server = new Server<{ answer: number }, { question: string }>({})
const client = new Client<{ question: string }, { answer: number }>({ port: 1 })

// @ts-expect-error A server needs to know whom to send to.
server.send({ answer: 42 })
// @ts-expect-error Ids are numbers.
server.send('0', { answer: 42 })
// @ts-expect-error Another type of message.
server.send(0, { answer: '42' })
// @ts-expect-error Another type of message.
server.broadcast({ answer: '42' })
// @ts-expect-error A list of ids.
server.broadcast({ answer: 42 }, 0)
// @ts-expect-error Ids are numbers.
server.broadcast({ answer: 42 }, ['0'])
// @ts-expect-error A list that may be missing must not mean everybody.
server.broadcast({ answer: 42 }, new Map<string, number[]>().get('room'))
// @ts-expect-error
client.send({ answer: 42 })
// @ts-expect-error
void client.request({})
// @ts-expect-error The id comes first.
server.on('message', (message: { question: string }) => console.log(message))
// @ts-expect-error
client.on('message', (message: { question: string }) => console.log(message))
// @ts-expect-error
client.on('message', (id: number, message: { answer: number }) => console.log(id, message))
// @ts-expect-error
client.once('authenticated', (id: number) => console.log(id))
server.on('request', (_id, _request, res) => {
  // @ts-expect-error An answer is of the type that is sent.
  res.send({ question: 'why?' })
})
// @ts-expect-error An event has its arguments.
client.emit('message')
// @ts-expect-error What comes is not what goes.
const question: Promise<{ question: string }> = client.request({ question: 'why?' })
console.log(question)
// @ts-expect-error Set by the package.
client.isAuthenticated = true
// @ts-expect-error Node's writable streams have it, this socket does not.
client.socket.pipe(process.stdout)
// @ts-expect-error The code of no error.
client.on('error', error => error.code === 42)
// @ts-expect-error They are for tests with instanceof.
new TlsJsonError('mine')
// @ts-expect-error Likewise.
new LimitError()
// @ts-expect-error A server of this package listens by a port or options alone; its tlsServer takes a host.
server.listen(8888, 'localhost')
// @ts-expect-error No place to listen.
server.listen({ prot: 8888 })
// @ts-expect-error A callback comes last.
server.tlsServer.listen(8888, () => {}, 'localhost')
client.on('error', error => {
  // @ts-expect-error Codes of other errors.
  if (error instanceof LimitError) return error.code === 'TLSJSON_NOT_CONNECTED'
  return false
})
// @ts-expect-error Not exported: there is no such class when the program runs.
export type { TypedEmitter } from 'tls-json'
