'use strict'

// Shows it all on one machine: three servers, a load balancer before them, a broker between them, and three players.
//   node run.js [BROKER]
// Without a BROKER (nats://… or redis://…) it starts one, if it finds a program for that.

const { execFileSync, spawn } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const readline = require('node:readline')

/** Where `npm run brokers` of the repository puts one. */
const FETCHED = path.resolve(__dirname, '../../target/brokers/bin/nats-server')

const HOW_TO = `There is no broker. Start one, and say where it is:
  docker run -p 4222:4222 nats        then: node run.js nats://127.0.0.1:4222
  apt install nats-server             or redis-server; then: node run.js
In the repository itself \`npm run brokers\` fetches one.`

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'many-machines-'))

/** One program, whose lines are printed behind its name. */
class Program {
  /** @type {string[]} */
  lines = []
  #look = () => {}

  /**
   * @param {string} name
   * @param {string} file
   * @param {string[]} args
   */
  constructor(name, file, args) {
    this.name = name
    this.child = spawn(file, args, { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] })
    programs.push(this)
    this.ended = new Promise(resolve => this.child.once('exit', resolve))
    this.child.once('error', error => this.#print(error.message))
    readline.createInterface({ input: this.child.stdout }).on('line', line => this.#print(line))
  }

  /**
   * @param {RegExp} pattern
   * @param {number} [times]
   * @returns {Promise<void>} when it has printed it, or will never
   */
  prints(pattern, times = 1) {
    const found = () => this.lines.filter(line => pattern.test(line)).length >= times
    return new Promise((resolve, reject) => {
      this.#look = () => {
        if (found()) resolve()
      }
      this.#look()
      this.ended.then(() => reject(new Error(`${this.name} has ended without ${pattern}`)))
    })
  }

  /** @param {string} line to be typed */
  type(line) {
    console.log(`\n> ${this.name} types: ${line}`)
    this.child.stdin.write(`${line}\n`)
  }

  /** @param {string} line */
  #print(line) {
    this.lines.push(line)
    console.log(`${this.name.padEnd(8)} | ${line}`)
    this.#look()
  }
}

/** @type {Program[]} */
const programs = []

/** @returns {Promise<string>} a port that is free */
function freePort() {
  return new Promise(resolve => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address())
      server.close(() => resolve(String(port)))
    })
  })
}

/** @returns {Promise<string>} the address of a broker that was started */
async function startBroker() {
  const inPath = (process.env.PATH ?? '').split(path.delimiter)
  const files = ['nats-server', 'redis-server'].flatMap(name =>
    inPath.map(at => path.join(at, name)),
  )
  const file = [FETCHED, ...files].find(each => fs.existsSync(each))
  if (file === undefined) throw new Error(HOW_TO)
  const port = await freePort()
  const isNats = path.basename(file) === 'nats-server'
  const args = isNats ? ['-a', '127.0.0.1', '-p', port] : ['--bind', '127.0.0.1', '--port', port]
  // NATS prints to stderr, and nothing of it is of use here.
  const child = spawn(file, isNats ? args : [...args, '--save', ''], {
    cwd: folder,
    stdio: 'ignore',
  })
  process.once('exit', () => child.kill('SIGKILL'))
  return `${isNats ? 'nats' : 'redis'}://127.0.0.1:${port}`
}

/** @param {string} what is to be looked at */
function look(what) {
  console.log(`\n=== ${what}`)
}

/** Plays it. */
async function main() {
  const url = process.argv[2] ?? (await startBroker())
  const subject = ['-subj', '/CN=localhost', '-days', '2']
  const files = ['-keyout', 'localhost.key', '-out', 'localhost.crt']
  const options = ['req', '-x509', '-newkey', 'rsa:2048', '-sha256', '-nodes', ...files, ...subject]
  execFileSync('openssl', options, { cwd: folder, stdio: 'pipe' })
  const run = (
    /** @type {string} */ name,
    /** @type {string} */ file,
    /** @type {string[]} */ ...args
  ) => new Program(name, process.execPath, [path.join(__dirname, file), ...args])

  look(`three servers at ${url}, which find one another`)
  const ports = [await freePort(), await freePort(), await freePort()]
  const servers = ports.map((port, at) => run(`eu${at + 1}`, 'node.js', `eu${at + 1}`, port, url))
  await Promise.all(servers.map(server => server.prints(/^listening/)))
  await Promise.all(servers.map(server => server.prints(/^knows/, 2)))

  look('a load balancer; each player comes to another server')
  const port = await freePort()
  await run('balancer', 'balancer.js', port, ...ports).prints(/^listening/)
  const players = []
  for (const name of ['ann', 'bob', 'carl']) {
    const player = run(name, 'player.js', name, 'table 1', port)
    await player.prints(/^at table 1/)
    players.push(player)
  }
  const [ann, bob, carl] = /** @type {[Program, Program, Program]} */ (
    /** @type {unknown} */ (players)
  )

  look('what one says, those at other servers hear')
  ann.type('hello')
  await Promise.all([bob, carl].map(each => each.prints(/^ann: hello/)))
  ann.type('/players')
  await ann.prints(/^carl is at eu3/)

  look('a question to all of them, wherever they are')
  bob.type('/start')
  await Promise.all(players.map(each => each.prints(/^the game starts with 3/)))

  look('eu2 is killed: the others notice, and bob comes to one of them')
  servers[1]?.child.kill('SIGKILL')
  await bob.prints(/^at table 1/, 2)
  await ann.prints(/^bob joined/, 2)
  await Promise.all(
    [servers[0], servers[2]].map(server => server?.prints(/^eu2-.* is (gone|silent)/)),
  )

  look('eu1 is shut down: the others are told, and its players go elsewhere')
  servers[0]?.child.kill('SIGTERM')
  await servers[2]?.prints(/^eu1-.* is left/)
  await Promise.all([ann, bob].map(each => each.prints(/^at table 1, by eu3/)))
  await servers[0]?.ended
  carl.type('all with me now?')
  await Promise.all([ann, bob].map(each => each.prints(/^carl: all with me/)))
  ann.type('/players')
  await ann.prints(/^bob is at eu3/)

  look('the end')
  for (const player of players) player.type('/quit')
  await Promise.all(players.map(player => player.ended))
  servers[2]?.child.kill('SIGTERM')
  await servers[2]?.ended
  console.log('\nAll as it should be.')
}

main()
  .catch(error => {
    console.error(`\n${error.message}`)
    process.exitCode = 1
  })
  .finally(() => {
    for (const { child } of programs) child.kill('SIGKILL')
    fs.rmSync(folder, { recursive: true, force: true })
    process.exit()
  })
