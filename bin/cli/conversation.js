'use strict'

const readline = require('node:readline')

const { certificateText } = require('./certificate-text')
const { askable, parseJson } = require('./lines')
const { UsageError } = require('./usage-error')

/** @typedef {import('./types').Context} Context */
/** @typedef {import('../..').Client} Client */
/** @typedef {import('./connection').Session} Session */

/** What `connect` does: lines out, events in. */
class Conversation {
  #context
  #out
  /** @type {readline.Interface | undefined} */
  #reader
  /** Whether a person types. */
  #isInteractive
  /** Requests of the server that have no answer yet. @type {{ send: (answer: any) => void, error: (error: unknown) => void }[]} */
  #unanswered = []
  /** @type {Set<Promise<void>>} */
  #asked = new Set()
  #heard = performance.now()
  /** The first request that failed, in a pipe. @type {unknown} */
  #failure

  /** @param {Context} context */
  constructor(context) {
    this.#context = context
    this.#out = context.out
    this.#isInteractive = Boolean(context.input.isTTY)
  }

  /**
   * What comes, from the beginning.
   *
   * @param {Client} client
   */
  hear(client) {
    const { answer } = this.#context.values
    client.on('message', message => this.#say({ message }, '<', message))
    client.on('request', (request, res) => {
      this.#say({ request }, '?', request)
      if (answer !== undefined) res.send(answer)
      else this.#unanswered.push(res)
    })
  }

  /**
   * @param {Record<string, unknown>} event for --json
   * @param {string} sign what stands before it at a terminal
   * @param {unknown} value
   */
  #say(event, sign, value) {
    this.#heard = performance.now()
    const text = JSON.stringify(value)
    if (this.#out.json) this.#print(JSON.stringify(event))
    else this.#print(this.#isInteractive ? `${this.#out.styled(sign, 'green')} ${text}` : text)
  }

  /** Above the line that is being typed. @param {string} text */
  #print(text) {
    const reader = this.#reader
    if (reader?.terminal) {
      readline.cursorTo(/** @type {NodeJS.WritableStream} */ (this.#out.stdout), 0)
      readline.clearLine(/** @type {NodeJS.WritableStream} */ (this.#out.stdout), 0)
    }
    this.#out.print(text)
    if (reader?.terminal) reader.prompt(true)
  }

  /**
   * @param {Session} session
   * @returns {Promise<void>} when one of the two has nothing more to say
   */
  async hold(session) {
    const { input, interrupt, signal, values } = this.#context
    // It may have taken long to be let in.
    this.#heard = performance.now()
    const atTerminal = this.#isInteractive && this.#out.isTerminal('stdout')
    const reader = readline.createInterface({
      input,
      ...(atTerminal ? { output: this.#out.stdout, terminal: true } : { terminal: false }),
      prompt: '> ',
      crlfDelay: Infinity,
      signal,
    })
    this.#reader = reader
    reader.on('SIGINT', interrupt)
    if (this.#isInteractive) {
      this.#out.note('Connected. A line is a message; /help has the rest, Ctrl-D ends.')
    }
    reader.prompt()
    let number = 0
    for await (const line of reader) {
      number += 1
      if (line.trim() === '/quit') break
      await this.#take(session.client, line.trim(), number)
      if (session.client.needDrain) {
        await new Promise(resolve => session.client.once('drain', () => resolve(undefined)))
      }
      if (atTerminal) reader.prompt()
    }
    if (!this.#isInteractive) {
      await Promise.all(this.#asked)
      await this.#silence(values.wait)
    }
    await session.leave()
    if (this.#failure !== undefined) throw this.#failure
  }

  close() {
    this.#reader?.close()
  }

  /** @param {number} ms @returns {Promise<void>} when nothing came for so long */
  async #silence(ms) {
    for (;;) {
      const rest = this.#heard + ms - performance.now()
      if (rest <= 0) return
      await new Promise(resolve => setTimeout(resolve, rest))
    }
  }

  /**
   * @param {Client} client
   * @param {string} line
   * @param {number} number
   */
  async #take(client, line, number) {
    if (line === '') return
    const [, word, rest = ''] = /^\/(\w+)\s*(.*)$/.exec(line) ?? []
    try {
      if (word === undefined) client.send(parseJson(line, `line ${number}`))
      else this.#obey(client, word, rest, number)
    } catch (err) {
      // A person can type it again; in a pipe what follows may depend on it.
      if (!(err instanceof UsageError) || !this.#isInteractive) throw err
      this.#print(this.#out.styled(err.message, 'red'))
    }
  }

  /**
   * @param {Client} client
   * @param {string} word
   * @param {string} rest
   * @param {number} number of the line
   */
  #obey(client, word, rest, number) {
    const json = () => parseJson(rest, `line ${number}`)
    if (word === 'request') {
      const asked = this.#ask(client, askable(json())).finally(() => this.#asked.delete(asked))
      this.#asked.add(asked)
    } else if (word === 'answer') this.#oldest().send(json())
    else if (word === 'error') this.#oldest().error(new Error(rest))
    else if (word === 'stats') this.#print(JSON.stringify(client.stats(), null, this.#space()))
    else if (word === 'cert') this.#print(certificateText(client.socket.getPeerX509Certificate()))
    else if (word === 'help') {
      this.#print('/request JSON, /answer JSON, /error TEXT, /cert, /stats, /quit')
    } else throw new UsageError(`there is no /${word}; /help has what there is`)
  }

  #space() {
    return this.#isInteractive ? 2 : 0
  }

  /** @returns {{ send: (answer: any) => void, error: (error: unknown) => void }} */
  #oldest() {
    const res = this.#unanswered.shift()
    if (res === undefined) throw new UsageError('the server has asked nothing')
    return res
  }

  /**
   * @param {Client} client
   * @param {any} request
   */
  async #ask(client, request) {
    try {
      const answer = await client.request({ ...request })
      this.#say({ answer, to: request }, '=', answer)
    } catch (err) {
      const { code, message } = /** @type {Error & { code?: string }} */ (err)
      if (this.#out.json) this.#print(JSON.stringify({ error: { code, message }, to: request }))
      else if (this.#isInteractive) this.#print(this.#out.styled(`! ${message}`, 'red'))
      this.#failure ??= this.#isInteractive ? undefined : err
    }
  }
}

module.exports = { Conversation }
