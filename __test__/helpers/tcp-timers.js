'use strict'

const { spawnSync } = require('node:child_process')

const { turn } = require('./events')

/**
 * The system's timer of each TCP connection between these ports. One port alone others on this machine may have, too.
 *
 * @param {number} local
 * @param {number} remote
 * @returns {string[] | null} such as `keepalive,29sec,0`, or an empty string for none; null where no program tells
 */
function tcpTimers(local, remote) {
  const between = `sport = :${local} and dport = :${remote}`
  const { status, stdout } = spawnSync('ss', ['-tnoH', between], { encoding: 'utf8' })
  if (status !== 0) return null
  const lines = stdout.split('\n').filter(line => line.startsWith('ESTAB'))
  return lines.map(line => line.match(/timer:\((.*?)\)/)?.[1] ?? '')
}

/**
 * @param {number} local
 * @param {number} remote
 * @returns {Promise<number | null>} the seconds until the one connection between these ports is probed by the local end;
 *   null for never
 */
async function probedIn(local, remote) {
  for (let looks = 0; looks < 1000; looks++) {
    const [timer] = tcpTimers(local, remote) ?? []
    if (timer === undefined) throw new Error(`no connection from port ${local} to ${remote}`)
    if (timer === '') return null
    const [, minutes, seconds] = timer.match(/^keepalive,(?:(\d+)min)?(?:([\d.]+)sec)?/) ?? []
    if (minutes ?? seconds) return Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
    // The timer of bytes that are on their way comes first.
    await turn()
  }
  throw new Error('bytes stay on their way')
}

/** Why tests that ask for timers are left out. */
const skip = tcpTimers(1, 1) === null && 'there is no ss, which tells of TCP'

module.exports = { probedIn, skip }
