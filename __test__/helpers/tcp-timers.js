'use strict'

const { spawnSync } = require('node:child_process')

const { turn } = require('./events')

/**
 * The system's timer of each TCP connection whose local port this is.
 *
 * @param {number} port
 * @returns {string[] | null} such as `keepalive,29sec,0`, or an empty string for none; null where no program tells
 */
function tcpTimers(port) {
  const { status, stdout } = spawnSync('ss', ['-tnoH', `sport = :${port}`], { encoding: 'utf8' })
  if (status !== 0) return null
  const lines = stdout.split('\n').filter(line => line.startsWith('ESTAB'))
  return lines.map(line => line.match(/timer:\((.*?)\)/)?.[1] ?? '')
}

/**
 * @param {number} port
 * @returns {Promise<number | null>} the seconds until the one connection of that port is probed; null for never
 */
async function probedIn(port) {
  for (let looks = 0; looks < 1000; looks++) {
    const [timer] = tcpTimers(port) ?? []
    if (timer === undefined) throw new Error(`no connection of port ${port}`)
    if (timer === '') return null
    const [, minutes, seconds] = timer.match(/^keepalive,(?:(\d+)min)?(?:([\d.]+)sec)?/) ?? []
    if (minutes ?? seconds) return Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
    // The timer of bytes that are on their way comes first.
    await turn()
  }
  throw new Error('bytes stay on their way')
}

/** Why tests that ask for timers are left out. */
const skip = tcpTimers(1) === null && 'there is no ss, which tells of TCP'

module.exports = { probedIn, skip }
