// `require('tls-json/Server')` is the class itself.

import ClientClass = require('tls-json/Client')
import ServerClass = require('tls-json/Server')
import ServerByDefault from 'tls-json/Server'
import { Client, Server } from 'tls-json'

const server: Server = new ServerClass({})
const client: Client<string, number> = new ClientClass<string, number>({ port: 1 })
class MyServer extends ServerByDefault {}
const same: typeof Server = ServerClass
console.log(server, client, new MyServer({}), same)

// @ts-expect-error The class is not a property of itself.
console.log(ServerClass.Server)
