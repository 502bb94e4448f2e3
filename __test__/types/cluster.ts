// What is sent to clients of other nodes, and what comes back, is checked.

import { subscribe } from 'node:diagnostics_channel'
import { Server } from 'tls-json'
import { Cluster, memoryBroker } from 'tls-json/cluster'
import type { Broker, ClusterChannels, ClusterStats, NodeDownReason } from 'tls-json/cluster'

type ToClient = { type: 'move'; x: number }
type Answer = { done: boolean }

const server = new Server<ToClient, Answer>({ password: 'secret' })
const hub = memoryBroker({ maxMessageBytes: 1000 })
const cluster = new Cluster(server, {
  broker: hub.connect(),
  name: 'eu1',
  info: { zone: 1 },
  describe: ({ user }) => ({ name: user.name }),
})
const typed: Cluster<ToClient, Answer> = new Cluster<ToClient, Answer>(server, {
  broker: hub.connect(),
})

typed.send(typed.idOf(0), { type: 'move', x: 1 })
// @ts-expect-error It is no message of these.
typed.send(typed.idOf(0), { type: 'stay' })
// @ts-expect-error Ids of a cluster are strings.
typed.send(0, { type: 'move', x: 1 })
// @ts-expect-error A broker is needed.
new Cluster(server, { name: 'eu1' })
// @ts-expect-error There is no such option.
new Cluster(server, { broker: hub.connect(), heartbeat: 1 })

cluster.on('nodeDown', ({ id, clients }, reason) => {
  const why: NodeDownReason = reason
  console.log(id.length, clients.toFixed(), why)
})
cluster.on('error', (id, { code, sent }) => console.log(id?.length, code, sent === false))

/** A broker of one's own. */
class OwnBroker implements Broker {
  readonly bufferedAmount = 0
  async open(events: Parameters<Broker['open']>[0]) {
    events.up()
    events.message('channel', 'text')
    return { maxMessageBytes: 1000 }
  }
  publish(channel: string, text: string, tag?: string) {
    return channel !== text && tag === undefined
  }
  subscribe(channel: string) {
    console.log(channel)
  }
  unsubscribe() {}
  async flush() {}
  async close() {}
}
new Cluster(server, { broker: new OwnBroker() })

export async function use(): Promise<void> {
  await cluster.ready({ timeout: 1000, signal: AbortSignal.timeout(10) })
  const { done } = await typed.request('eu1-00000000:1', { type: 'move', x: 1 }, { timeout: 5 })
  const other = await typed.request<{ sum: number }>('eu1-00000000:1', { type: 'move', x: 1 })
  const sent: number = typed
    .to(['a', 'b'])
    .except('eu1-00000000:1')
    .send({ type: 'move', x: done ? 1 : 2 })
  for await (const result of typed.to('a').request({ type: 'move', x: other.sum + sent })) {
    if (result.id === null) console.log(result.node, result.error.code)
    else if (result.error === undefined) console.log(result.id, result.answer.done)
    else console.log(result.error.sent)
  }
  const clients = cluster.clients({ room: 'a' })
  for await (const { id, node, since, rooms, info } of clients) {
    console.log(id, node, since.toFixed(), rooms.length, info.name)
  }
  const { clients: count, missing } = await cluster.count('a', { timeout: 100 })
  const stats: ClusterStats = cluster.stats()
  console.log(clients.missing, count + missing.length + stats.nodes.known)
  await cluster.join('eu1-00000000:1', 'a')
  await cluster.disconnect('eu1-00000000:1')
  await cluster.flush()
  await cluster.close()
}

subscribe('tls-json:cluster:request-settle', message => {
  const { requestId, outcome, duration } =
    message as ClusterChannels['tls-json:cluster:request-settle']
  console.log(requestId, outcome === 'answered', duration.toFixed())
})
