'use strict'

// What a link-local address without a zone leads to. From libuv 1.47 on, and not on Windows, Node connects by the first
// interface that has such an address itself; before, and there, the system decides. The same where there is no
// interface of the name that is given as the zone.

const [major, minor] = (process.versions.uv ?? '0.0').split('.').map(Number)
const isChosen = process.platform !== 'win32' && (major > 1 || (major === 1 && minor >= 47))

/**
 * @param {string} address To connect to.
 * @returns {string} The same, with the zone that Node would take.
 */
function withZone(address) {
  if (!isChosen || !/^fe80:/i.test(address)) return address
  let interfaces
  try {
    interfaces = require('node:os').networkInterfaces()
  } catch {
    // Where the system lists none Node asks without a zone, and its error says what came of it.
    return address
  }
  const [ip, zone] = address.split('%')
  if (zone !== undefined && Object.hasOwn(interfaces, zone)) return address
  for (const [name, addresses] of Object.entries(interfaces)) {
    if (addresses?.some(({ address: own }) => /^fe80:/i.test(own))) return `${ip}%${name}`
  }
  return address
}

exports.withZone = withZone
