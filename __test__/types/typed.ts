// With message types given, what is sent and what comes is checked.

import {
  Client,
  ConnectTimeoutError,
  ConnectionLostError,
  LimitError,
  NotConnectedError,
  RemoteError,
  RequestTimeoutError,
  Server,
  TlsJsonError,
  createCertificate,
} from 'tls-json'
import { createServer } from 'node:net'
import { subscribe } from 'node:diagnostics_channel'
import type {
  CertificatePair,
  Channels,
  ClientOptions,
  ClientStats,
  CodedError,
  ErrorCode,
  Responder,
  ServerStats,
  Socket,
  Transport,
} from 'tls-json'

type ToServer = { type: 'move'; x: number } | { type: 'bye' }
type ToClient = { type: 'welcome'; id: number }

const server = new Server<ToClient, ToServer>({ password: 'secret' })
const client = new Client<ToServer, ToClient>({ port: 8888, password: 'secret' })

server.on('message', (id, message) => {
  if (message.type === 'move') server.send(id, { type: 'welcome', id: message.x })
})
server.on('request', (id, request, res) => {
  const kind: 'move' | 'bye' = request.type
  const responder: Responder<ToClient> = res
  if (kind === 'bye') Promise.reject(new Error('gone')).catch(responder.error)
  responder.send({ type: 'welcome', id: kind.length + id })
})
client.on('message', message => console.log(message.id.toFixed()))

const asking = new Server({
  authenticate: async (credential, { certificate, signal }) =>
    certificate ? { name: certificate.subject } : fetch(String(credential), { signal }),
  authenticateTimeout: 1000,
})
asking.on('authenticated', id => {
  const { user, since, socket, data } = asking.clients.get(id) ?? {}
  console.log(user, since?.toFixed(), socket?.remoteAddress, data)
})
const isIn: boolean = server.join(0, 'lobby') && !server.leave(0, 'lobby')
const reached: number = server
  .to(['lobby', 'hall'])
  .except(...(server.rooms.get('lobby') ?? []))
  .send({ type: 'welcome', id: Number(isIn) })
console.log(reached + server.to('lobby').send({ type: 'welcome', id: 0 }))

server.shutdown({ timeout: 1000, spread: 0 }).then(({ left, cut }) => console.log(left + cut))

const everybody: number = server.broadcast({ type: 'welcome', id: 1 })
const some: number =
  server.broadcast({ type: 'welcome', id: 2 }, [0, 1]) +
  server.broadcast({ type: 'welcome', id: 3 }, new Set([everybody])) +
  server.broadcast({ type: 'welcome', id: 4 }, server.sockets.keys())
console.log(some)

server.tlsServer.setSecureContext({ key: 'PEM', cert: 'PEM' })
server.tlsServer.addContext('*.example.test', { pfx: [{ buf: 'DER', passphrase: 'secret' }] })

async function ask() {
  const answer: ToClient = await client.request({ type: 'bye' })
  const other: ToServer = await server.request(answer.id, answer)
  console.log(other.type)
  await client.request({ type: 'bye' }, { timeout: Infinity, signal: AbortSignal.timeout(100) })
  // Of this question it is known how it is answered.
  const { id: moved } = await client.request<{ id: number }>({ type: 'move', x: answer.id })
  console.log(moved.toFixed())
}
void ask()

const authority: CertificatePair = createCertificate({ purpose: 'authority', days: 1 })
const pair = createCertificate({ names: ['localhost'], issuer: authority, validFrom: new Date() })
console.log(new Server({ options: pair, password: 'secret' }).transport)

// A property that a program puts on its sockets.
declare module 'tls-json' {
  interface Socket {
    user?: string
  }
}
server.on('authenticated', (_id, socket) => {
  socket.user = 'somebody'
  keep(socket)
})

const carriers: Transport[] = [server.transport, client.transport, client.socket.transport]
console.log(carriers)

function keep(socket: Socket) {
  socket.on('drain', () => socket.end('last words', () => {}))
  socket.write('{}\n', 'utf8')
  socket.write(new Uint8Array([10]), error => console.log(error))
}

function explain(error: CodedError): string {
  switch (error.code) {
    case 'TLSJSON_CONNECTION_LOST':
    case 'ECONNREFUSED':
      return 'not there'
    default:
      return error.message
  }
}
client.on('error', error => console.log(explain(error)))

/** What is known of an error by its class. */
function classify(error: unknown): ErrorCode | undefined {
  if (error instanceof ConnectionLostError) {
    const lost: 'TLSJSON_CONNECTION_LOST' = error.code
    return lost
  }
  if (error instanceof LimitError && error.code === 'TLSJSON_BUFFER_FULL') return error.code
  if (error instanceof NotConnectedError || error instanceof RequestTimeoutError) return error.code
  if (error instanceof ConnectTimeoutError) return error.code
  if (error instanceof RemoteError) console.log(error.remote.name, error.remote.code ?? 'none')
  return error instanceof TlsJsonError ? error.code : undefined
}
client.on('error', error => console.log(classify(error), TlsJsonError.codes))

const codes: Record<ErrorCode, string> = {
  TLSJSON_NOT_CONNECTED: '',
  TLSJSON_REQUEST_TIMEOUT: '',
  TLSJSON_CONNECT_TIMEOUT: 'c',
  TLSJSON_CONNECTION_LOST: '',
  TLSJSON_REMOTE_ERROR: 'of the other end',
  TLSJSON_AUTHENTICATE_TIMEOUT: 'nobody said who it is',
  TLSJSON_UNSUPPORTED_OPTION: '',
  TLSJSON_NO_BINARY: '',
  TLSJSON_LOGIN_TOO_LONG: '',
  TLSJSON_MESSAGE_TOO_LONG: '',
  TLSJSON_BUFFER_FULL: '',
  TLSJSON_TOO_MANY_HANDSHAKES: '',
  TLSJSON_LOGIN_TIMEOUT: '',
  TLSJSON_KEEPALIVE_TIMEOUT: '',
  TLSJSON_NOT_ENDED: '',
  TLSJSON_SILENCE: '',
  TLSJSON_NO_PASSWORD: '',
  TLSJSON_PASSWORD_REFUSED: '',
  TLSJSON_PASSWORD_FAILED: '',
  TLSJSON_RECONNECT_FAILED: '',
  TLSJSON_NO_CERTIFICATE: '',
  TLSJSON_UNKNOWN_OPTION: '',
  TLSJSON_NO_ANSWER: '',
  TLSJSON_BROKER_DOWN: '',
  TLSJSON_BROKER_REFUSED: '',
  TLSJSON_NODE_LOST: '',
  TLSJSON_NO_BROKER_CLIENT: '',
  TLSJSON_CANNOT_START: 'nothing to start with',
  TLSJSON_INTERNAL: '',
}
console.log(codes)

// What can be measured.
const ofServer: ServerStats = server.stats()
const ofClient: ClientStats = client.stats()
console.log(ofServer.pings.missed + (ofServer.cuts.reasons['TLSJSON_BUFFER_FULL'] ?? 0))
console.log(ofClient.attempts.reconnects + ofClient.queued.outbound + ofClient.messages.dropped)

/** Subscribes to a channel by its name, and knows what comes. */
function watch<N extends keyof Channels>(name: N, act: (message: Channels[N]) => void) {
  subscribe(name, message => act(message as Channels[N]))
}
watch('tls-json:connection:cut', ({ server: of, code }) => console.log(of?.stats(), code))
watch('tls-json:request:settle', ({ outcome, duration }) => console.log(outcome, duration))

// Configurations built elsewhere.
const config: ClientOptions = { port: '8888', options: { crl: ['-----BEGIN X509 CRL-----'] } }
new Client(config)

// Options that Node's own TLS honours are options too.
void new Server({ options: { SNICallback: (_name, done) => done(null), pfx: Buffer.alloc(0) } })
void new Client({ port: 1, options: { ALPNProtocols: ['json'], timeout: 1000 } })

// Every form of listening.
server.listen('8888')
server.listen({ port: 8888, host: '::', reusePort: true, ipv6Only: true, backlog: 1 }, () => {})
server.listen({ fd: 3 })
server.tlsServer.listen().close()
server.tlsServer.listen(() => {})
server.tlsServer.listen(8888, () => {}).listen(8888, 'localhost', 511, () => {})
server.tlsServer
  .listen(8888, 'localhost')
  .listen(8888, 511)
  .listen('8888', 'localhost', () => {})
server.tlsServer.listen('/tmp/tls-json.sock', 511, () => {}).listen({ path: '/tmp/tls-json.sock' })
server.tlsServer.listen(createServer(), () => {}).listen({ fd: 3 }, () => {})
