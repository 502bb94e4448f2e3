// From an ES module: by name, as the default, by path.

import tlsJson, { Client, Server } from 'tls-json'
import ServerClass from 'tls-json/Server'

const server: Server = new tlsJson.Server({})
const client: Client = new Client({ port: 1 })
const same: typeof Server = ServerClass
console.log(server, client, same)
