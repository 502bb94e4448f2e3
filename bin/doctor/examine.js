'use strict'

// From the name to the login, step by step, until one fails.

const { X509Certificate } = require('node:crypto')
const net = require('node:net')

const { clientOptions } = require('../cli/connection')
const { kindOf } = require('../cli/exit-codes')
const { readTarget, targetText } = require('../cli/target')
const { certificateCause } = require('./certificate-causes')
const { cause, login: loginCauses, network, peer } = require('./causes')
const { describeChain } = require('./describe')
const { loginOf } = require('./login')
const { answerTo, offerIn, ownHello } = require('./hello')
const { addressesOf, connectTcp } = require('./network')
const { certificatesOf, versionsOf, wordsOf } = require('./probe')

/** @typedef {import('../cli/types').Context} Context */
/** @typedef {import('./report').Report} Report */
/** @typedef {import('./network').Endpoint} Endpoint */
/** @typedef {Error & { code?: string }} Coded */

/** Days before the end of a certificate from which on it is worth a word. */
const SOON = 30

/** @param {number} ms @returns {string} */
function time(ms) {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/**
 * @param {Buffer} der
 * @returns {X509Certificate[]} none if it cannot be read: then the client refuses it, and says why
 */
function readable(der) {
  try {
    return [new X509Certificate(der)]
  } catch {
    return []
  }
}

/**
 * @param {string} words what a server has said
 * @returns {boolean} whether they can be those of a tls-json server, which may also say nothing
 */
function isTlsJson(words) {
  const [line] = words.split('\n')
  try {
    JSON.parse(line || '{}')
    return true
  } catch {
    return false
  }
}

/** One examination. */
class Examination {
  /** @type {Endpoint | undefined} */
  #endpoint
  #asksForCertificate = false
  /** As far as they could be read in the first answer. @type {X509Certificate[]} */
  #certificates = []

  /**
   * @param {Context} context
   * @param {Report} report
   * @param {import('../..').ClientOptions} options
   */
  constructor(context, report, options) {
    this.context = context
    this.report = report
    this.options = options
    this.target = readTarget(context.positionals[0])
    const { servername } = options.options ?? {}
    /** What the certificate must be for. */
    this.expected = servername ?? this.target.host ?? 'localhost'
    this.servername = net.isIP(this.expected) === 0 ? this.expected : ''
    this.limits = { timeout: Number(options.connectTimeout), signal: context.signal }
  }

  /** @returns {Promise<boolean>} whether all is well */
  async run() {
    const addresses = await this.#name()
    if (addresses === undefined || !(await this.#tcp(addresses))) return false
    return (await this.#tls()) && (await this.#certificate()) && (await this.#login())
  }

  #at() {
    return /** @type {Endpoint} */ (this.#endpoint)
  }

  /** @returns {Promise<Endpoint[] | undefined>} */
  async #name() {
    const { host, port, path } = this.target
    if (host === undefined) return [{ path }]
    if (net.isIP(host) !== 0) return [{ host, port }]
    try {
      const { addresses, ms } = await addressesOf(host)
      const text = `${host} is ${addresses.join(', ')} (${time(ms)})`
      this.report.add({ step: 'name', result: 'ok', text, facts: { addresses, ms } })
      return addresses.map(address => ({ host: address, port }))
    } catch (err) {
      const { code, message } = /** @type {Coded} */ (err)
      const reason = code === 'EAI_AGAIN' ? network.noNameServer() : network.unknownName(host)
      this.report.fail('name', message, reason, { facts: { code } })
      return undefined
    }
  }

  /** @param {Endpoint[]} endpoints @returns {Promise<boolean>} */
  async #tcp(endpoints) {
    /** @type {{ text: string, error: Coded }[]} */
    const failed = []
    for (const endpoint of endpoints) {
      const text = targetText(/** @type {any} */ (endpoint))
      try {
        const { socket, ms } = await connectTcp(endpoint, this.limits.timeout, this.limits.signal)
        socket.destroy()
        this.#endpoint ??= endpoint
        const facts = { address: text, ms }
        this.report.add({ step: 'tcp', result: 'ok', text: `${text} (${time(ms)})`, facts })
      } catch (err) {
        if (this.limits.signal.aborted) throw err
        failed.push({ text, error: /** @type {Coded} */ (err) })
      }
    }
    if (this.#endpoint !== undefined) {
      for (const { text, error } of failed) {
        const facts = { address: text, code: error.code }
        this.report.add({ step: 'tcp', result: 'note', text: `${text} ${error.code}`, facts })
      }
      return true
    }
    for (const { text, error } of failed.slice(0, -1)) {
      this.report.add({ step: 'tcp', result: 'note', text: `${text} ${error.code}` })
    }
    const { text = '', error } = failed.at(-1) ?? {}
    const reason = this.#withProxy(this.#tcpCause(error))
    this.report.fail('tcp', `${text} ${error?.code}`, reason, { facts: { code: error?.code } })
    return false
  }

  /** @param {Coded | undefined} error */
  #tcpCause({ code = '', message = '' } = new Error()) {
    const { path } = this.target
    if (path !== undefined && /^(ENOENT|ENOTDIR|ECONNREFUSED)$/.test(code)) {
      return network.noSocket(path)
    }
    if (code === 'ECONNREFUSED') return network.nothingListens()
    if (code === 'ETIMEDOUT') return network.noAnswer()
    if (code === 'EACCES' || code === 'EPERM') return network.noRights(path !== undefined)
    if (/^E(HOST|NET)(UNREACH|DOWN)$/.test(code)) return network.unreachable()
    return network.failed(message)
  }

  /**
   * @param {import('./causes').Cause} reason
   * @returns {import('./causes').Cause} with a word about a proxy that nobody asks
   */
  #withProxy(reason) {
    const { env } = this.context
    const name = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].find(each => env[each])
    if (name === undefined) return reason
    const remedy = `${name} names a proxy; connections of this package go straight to the server. If only the proxy gets out, open a tunnel through it and give it as options.socket.`
    return { ...reason, remedies: [...reason.remedies, remedy] }
  }

  /** @returns {Promise<boolean>} */
  async #tls() {
    const { options } = this.options
    const hello = await ownHello({ ...options, servername: this.servername })
    const offer = offerIn(hello)
    const { socket } = await connectTcp(this.#at(), this.limits.timeout, this.limits.signal)
    const answer = await answerTo(socket, hello, this.limits.timeout)
    const { versions, suites, groups } = offer
    const offered = [
      `offered ${versions.join(', ')}; ${suites.length} suites; ${groups.join(', ')}`,
    ]
    this.#certificates = (answer.certificates ?? []).flatMap(readable)
    this.#asksForCertificate = answer.asksForCertificate ?? false
    const { certificates: _certificates, ...told } = answer
    const facts = { offered: offer, ...told }
    const { kind, version = '', suite, group, alert = '', text = '' } = answer
    if (kind === 'tls' && offer.versions.includes(version)) {
      const agreed = [version, suite, group, text].filter(Boolean).join(', ')
      this.report.add({ step: 'tls', result: 'ok', text: agreed, more: offered, facts })
      return true
    }
    const seen = {
      ...{ tls: `the server chose ${version}`, alert: `alert ${alert}`, silent: 'no answer' },
      ...{
        closed: 'closed without an answer',
        other: `the answer is ${JSON.stringify(text.slice(0, 40))}`,
      },
    }[kind]
    const reason = await this.#tlsCause(answer)
    const more = [...offered, ...suites.map(each => `  ${each}`)]
    this.report.fail('tls', seen, reason, { more, facts })
    return false
  }

  /**
   * @param {import('./hello').Answer} answer that is no agreement
   * @returns {Promise<import('./causes').Cause>}
   */
  async #tlsCause({ kind, alert, version = '', text = '' }) {
    if (kind === 'tls') return peer.version(version)
    if (kind === 'silent') return peer.silent()
    if (kind === 'closed') return peer.closesAtOnce()
    if (kind === 'other') {
      if (text.startsWith('HTTP/')) return peer.plainHttp()
      if (text.startsWith('SSH-')) return peer.otherProtocol('SSH')
      if (text.startsWith('220')) return peer.otherProtocol('SMTP or FTP')
      return peer.otherProtocol('something else')
    }
    if (alert === 'unrecognized_name') return peer.unknownServerName()
    const versions = await versionsOf(this.#at(), this.servername, this.limits)
    if (versions.length > 0 && versions.every(each => each < 'TLSv1.2')) {
      return peer.version(versions.join(' and '))
    }
    if (alert === 'handshake_failure' || alert === 'insufficient_security') return peer.parameters()
    return alert === 'protocol_version'
      ? peer.version('another version of TLS')
      : peer.alert(String(alert))
  }

  /** @returns {Promise<boolean>} */
  async #certificate() {
    const { options = {} } = this.options
    const probed = await certificatesOf(
      this.#at(),
      { ...options, servername: this.servername },
      this.limits,
    )
    const chain = probed?.chain ?? this.#certificates
    this.#asksForCertificate ||= probed?.asksForCertificate ?? false
    // The package's own word on it; this client never says a password.
    const { error } = await loginOf(this.options, this.limits.signal, { isProbe: true })
    const refusal = error?.code === 'TLSJSON_PASSWORD_FAILED' ? undefined : error
    const isRefusal = kindOf(refusal) === 'certificate' && !refusal?.code?.includes('ALERT')
    if (refusal !== undefined && !isRefusal) return this.#failLater('tls', refusal)
    const facts = {
      chain: chain.map(({ subject, issuer, validTo }) => ({ subject, issuer, validTo })),
    }
    if (refusal !== undefined) {
      const { code = '', message } = refusal
      const { cause: reason, at } = certificateCause({
        ...{ code, message, chain, expected: this.expected },
        ...{ server: targetText(this.target), hasCa: this.context.values.ca !== undefined },
      })
      const more = describeChain(chain, at)
      this.report.fail('certificate', `${code}: ${message}`, reason, {
        more,
        facts: { code, ...facts },
      })
      return false
    }
    this.#acceptedCertificate(chain, facts)
    if (this.#asksForCertificate) {
      const given = options.cert === undefined ? 'none is given' : 'ours is given'
      const result = options.cert === undefined ? 'note' : 'ok'
      this.report.add({ step: 'client cert', result, text: `the server asks for one; ${given}` })
    } else {
      this.report.add({ step: 'client cert', result: 'ok', text: 'not asked for' })
    }
    return true
  }

  /**
   * @param {import('node:crypto').X509Certificate[]} chain
   * @param {Record<string, unknown>} facts
   */
  #acceptedCertificate(chain, facts) {
    const [own] = chain
    const isChecked = this.options.options?.rejectUnauthorized !== false
    const days = own === undefined ? Infinity : (Date.parse(own.validTo) - Date.now()) / 86_400_000
    const text = isChecked ? `trusted, for ${this.expected}` : 'not checked, because of --insecure'
    const more = describeChain(chain, -1)
    this.report.add({ step: 'certificate', result: isChecked ? 'ok' : 'note', text, more, facts })
    if (days < SOON) {
      const ends = `ends in ${Math.max(0, Math.floor(days))} days`
      this.report.add({ step: 'certificate', result: 'note', text: ends })
    }
  }

  /** @returns {Promise<boolean>} */
  async #login() {
    const { error, ms, facts, ask } = await loginOf(this.options, this.limits.signal, {
      request: this.context.values.request,
    })
    if (error !== undefined) return this.#failLater('login', error)
    const agreed = [facts?.protocol, facts?.cipher, facts?.group, `by ${facts?.transport}`].filter(
      Boolean,
    )
    this.report.add({ step: 'login', result: 'ok', text: `accepted; ${agreed.join(', ')}`, facts })
    const text = `${time(ms)} from the password to the answer`
    this.report.add({ step: 'round trip', result: 'ok', text, facts: { ms } })
    if (ask === undefined) return true
    if (ask.error === undefined) {
      const answered = `${time(ask.ms)} from the request to ${JSON.stringify(ask.answer).slice(0, 200)}`
      this.report.add({ step: 'round trip', result: 'ok', text: answered, facts: { ms: ask.ms } })
      return true
    }
    const { code = '', message } = ask.error
    const what = 'The request has failed; all before it is well.'
    const remedy = "Look at what the server's program does with it, in 'request'."
    this.report.fail(
      'round trip',
      message,
      cause('request-failed', kindOf(ask.error), what, remedy),
      { facts: { code } },
    )
    return false
  }

  /**
   * A failure behind the first words of TLS.
   *
   * @param {'tls' | 'login'} step
   * @param {Coded} error
   * @returns {Promise<false>}
   */
  async #failLater(step, error) {
    const { code = '', message } = error
    const reason = await this.#laterCause(error)
    const isCertificate = reason.id.startsWith('client-certificate')
    const text = message.trim() || code
    this.report.fail(isCertificate ? 'client cert' : step, text, reason, { facts: { code } })
    return false
  }

  /** @param {Coded} error @returns {Promise<import('./causes').Cause>} */
  async #laterCause({ code = '', message }) {
    const { password, options = {} } = this.options
    const hasCertificate = options.cert !== undefined
    if (code === 'TLSJSON_PASSWORD_REFUSED') {
      return password === undefined ? loginCauses.noPassword() : loginCauses.wrongPassword()
    }
    if (/ALERT_CERTIFICATE_REQUIRED/.test(code)) return loginCauses.clientCertificateMissing()
    const isAlert = code.includes('ALERT')
    const isEnd = code !== 'TLSJSON_CONNECT_TIMEOUT'
    if (this.#asksForCertificate && isEnd) {
      if (hasCertificate) return loginCauses.clientCertificateRefused()
      if (isAlert || code === 'ECONNRESET') return loginCauses.clientCertificateMissing()
    }
    if (isAlert) {
      return /HANDSHAKE_FAILURE|INSUFFICIENT/.test(code) ? peer.parameters() : peer.alert(code)
    }
    if (!/^(TLSJSON_|ECONN|EPIPE)/.test(code)) return loginCauses.failed(message.trim())
    const probe = { ...options, servername: this.servername }
    const words = await wordsOf(this.#at(), probe, this.limits)
    if (words.startsWith('HTTP/')) return loginCauses.https()
    if (!isTlsJson(words)) return loginCauses.otherProtocol(JSON.stringify(words.slice(0, 40)))
    return isEnd ? loginCauses.closed() : loginCauses.noAnswer()
  }
}

/**
 * @param {Context} context
 * @param {Report} report
 */
async function examine(context, report) {
  const options = await clientOptions(context)
  await new Examination(context, report, options).run()
}

module.exports = { examine }
