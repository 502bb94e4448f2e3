// What only clients have, and have to be asked for.

import { Client } from 'tls-json'
import type { ClientOptions, ReadyOptions } from 'tls-json'

const config: ClientOptions = { port: 8888, password: async () => ({ token: 'secret' }) }
const client = new Client(config)

const waiting: ReadyOptions = { timeout: 1000, signal: AbortSignal.timeout(500) }
const ready: Promise<void>[] = [client.ready(), client.ready(waiting), client.ready({ timeout: 0 })]
void Promise.all(ready)
