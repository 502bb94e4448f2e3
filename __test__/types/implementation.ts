// The types are written by hand; here they are held against the files that they describe.

import Library = require('../../index.js')
import ClusterLibrary = require('../../cluster.js')
import ClusterFile = require('../../lib/cluster/cluster.js')
import ClientFile = require('../../lib/client/client.js')
import ServerFile = require('../../lib/server/server.js')
import { kLink } from '../../lib/server/link.js'
import { Peer as PeerFile } from '../../lib/transport/rustls/peer.js'
import { Requests as RequestsFile } from '../../lib/protocol/requests.js'
import { Socket as SocketFile } from '../../lib/connection/socket.js'
import { TlsServer as TlsServerFile } from '../../lib/transport/rustls/server.js'
import type { Cluster } from 'tls-json/cluster'
import type { Client, Peer, Requests, Server, Socket, TlsServer } from 'tls-json'

/** Members that one has and the other has not, except those named. */
type Differing<A, B, Internal = never> = Exclude<keyof A | keyof B, (keyof A & keyof B) | Internal>
type Nothing<T extends never> = T

// Defined where the running Node knows it.
type Disposal = typeof Symbol.asyncDispose
// For a cluster alone.
type OfCluster = typeof kLink
export type Server_ = Nothing<
  Differing<Server, InstanceType<typeof ServerFile>, Disposal | OfCluster>
>
export type Client_ = Nothing<
  Differing<Client, InstanceType<typeof ClientFile>, 'supressNextECONNREFUSED'>
>
export type Requests_ = Nothing<
  Differing<Requests, RequestsFile, 'send' | 'sendText' | 'settle' | 'fail' | 'cancel' | 'pending'>
>
// What servers put on their sockets is not declared by the class.
type OfServers = 'isAuthenticated' | 'keepAliveInterval' | 'user'
export type Socket_ = Nothing<Differing<Socket, SocketFile, OfServers>>
export type Peer_ = Nothing<Differing<Peer, PeerFile, 'follow' | 'hasClosed'>>
// It is a server of Node's, of which not all is promised. Users see them as `server.limitCounts` and `server.transport`, one in a warning.
type OfNode = keyof import('node:net').Server | `_${string}`
export type TlsServer_ = Nothing<
  Differing<TlsServer, TlsServerFile, 'limitCounts' | 'transport' | 'canProveItself' | OfNode>
>
export type ClusterExports_ = Nothing<
  Differing<typeof ClusterLibrary, typeof import('tls-json/cluster')>
>
export type Cluster_ = Nothing<Differing<Cluster, InstanceType<typeof ClusterFile>, Disposal>>
export type Exports_ = Nothing<Differing<typeof Library, typeof import('tls-json')>>

// What is there can be used as what is promised.
declare const server: InstanceType<typeof ServerFile>
declare const client: InstanceType<typeof ClientFile>
declare const socket: SocketFile
export const asRequests: Requests = client.requests
export const members: [Pick<Server, 'listen' | 'close' | 'send' | 'broadcast' | 'request'>] = [
  server,
]
export const moreMembers: [Pick<Client, 'send' | 'request' | 'connect' | 'disconnect'>] = [client]
export const socketMembers: [
  Pick<Socket, 'write' | 'destroySoon' | 'address' | 'getProtocol' | 'getCipher' | 'readyState'>,
] = [socket]
