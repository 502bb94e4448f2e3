'use strict'

const net = require('node:net')

const { UsageError } = require('./usage-error')

/** @typedef {{ host: string, port: number, path?: undefined } | { path: string, host?: undefined, port?: undefined }} Target */

/**
 * @param {string} text
 * @returns {number}
 */
function portOf(text) {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new UsageError(`${text} is no port`)
  return port
}

/**
 * @param {string | undefined} text host:port, [address]:port, a port alone, or unix:/path
 * @param {string} [host] of a port alone
 * @returns {Target}
 */
function readTarget(text, host = 'localhost') {
  if (text === undefined || text === '') throw new UsageError('which server? Write host:port')
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length)
    if (path === '') throw new UsageError('unix: wants a path')
    return { path }
  }
  if (/^\d+$/.test(text)) return { host, port: portOf(text) }
  const [, bracketed, name = '', port] =
    /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text.replace(/^tls:\/\//, '')) ?? []
  if (port === undefined) {
    const hint = net.isIPv6(text) ? `; write [${text}]:port` : '; write host:port or unix:/path'
    throw new UsageError(`${text} has no port${hint}`)
  }
  if (bracketed !== undefined && !net.isIPv6(bracketed)) {
    throw new UsageError(`[${bracketed}] is no IPv6 address`)
  }
  return { host: bracketed ?? name, port: portOf(port) }
}

/**
 * @param {Target} target
 * @returns {string} as it is written on the command line
 */
function targetText({ host, port, path }) {
  if (host === undefined) return `unix:${path}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

module.exports = { readTarget, targetText }
