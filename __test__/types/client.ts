// What only clients have, and have to be asked for.

import { Client } from 'tls-json'
import { subscribe } from 'node:diagnostics_channel'
import type {
  Channels,
  ClientOptions,
  QueueOptions,
  ReadyOptions,
  ReconnectOptions,
  ServerAddress,
} from 'tls-json'

const config: ClientOptions = { port: 8888, password: async () => ({ token: 'secret' }) }
const client = new Client(config)

const waiting: ReadyOptions = { timeout: 1000, signal: AbortSignal.timeout(500) }
const ready: Promise<void>[] = [
  client.ready(),
  client.ready(waiting),
  client.ready({ timeout: Infinity }),
]
void Promise.all(ready)
client.pause().resume()
void client.shutdown().then(() => client.shutdown({ timeout: 500 }))
client.on('leave', ({ after }) => console.log(after.toFixed()))
client.on('dropped', ({ reason, count, messages }) => console.log(reason, count, messages[0]))
client.on('unconfirmed', ({ count, messages }) => console.log(count, messages.length))
const queue: QueueOptions = { maxBytes: 1e6, maxAge: Infinity }
new Client({ port: 1, queue })
console.log((client.stats().queue?.dropped.full ?? 0) + (client.stats().queue?.unconfirmed ?? 0))

const again: ReconnectOptions = { min: 500, max: 60_000, factor: 3, jitter: 'none', attempts: 10 }
const servers: ServerAddress[] = [{ port: 8888 }, { host: '::1', port: '/a', servername: 'b.test' }]
new Client({ servers, reconnect: again, extensions: false })
new Client({ servers, reconnect: {} })
for (const { host, port, current, attempts, logins } of client.stats().servers ?? []) {
  console.log(`${host} ${port} ${current}`, attempts - logins)
}
subscribe('tls-json:client:connect', message => {
  const { target } = message as Channels['tls-json:client:connect']
  console.log(target?.host, target?.port)
})
