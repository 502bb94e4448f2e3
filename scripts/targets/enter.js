'use strict'

/**
 * Runs a program inside another system's folder, in namespaces of its own: mounts and the emulator are gone with it.
 */

const { spawn } = require('node:child_process')
const { once } = require('node:events')

const QEMU = '/usr/bin/qemu-aarch64-static'

/**
 * How the kernel knows a program for arm64 by its first bytes, and what runs it (O, C, F: with the file open, by its own
 * rights, found now and not inside the folder). From qemu's own scripts/qemu-binfmt-conf.sh: the mask leaves out the ABI's
 * version, and takes programs and libraries.
 */
const MAGIC = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`
const MASK = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`

const REGISTER = `
  mount -t binfmt_misc binfmt_misc "$1/mnt"
  printf %s '${`:qemu-aarch64:M::${MAGIC}:${MASK}:${QEMU}:OCF`}' > "$1/mnt/register"`

/**
 * @param {string} root
 * @param {string[]} command as the system inside sees it
 * @param {{ emulated?: boolean, env?: Record<string, string>, output: number }} options `output`: a file's descriptor
 * @returns {Promise<string | undefined>} how it failed
 */
async function enter(root, command, { emulated = false, env = {}, output }) {
  const script = `set -e
    ${emulated ? REGISTER : ''}
    mount -t proc proc "$1/proc"
    shift
    exec "$@"`
  const spaces = ['--mount', '--pid', '--fork', '--kill-child', ...(emulated ? ['-Ur'] : [])]
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  // By env and chroot of this machine: the system may have neither.
  const inside = ['/usr/bin/env', '-i', ...variables, '/usr/sbin/chroot', root, ...command]
  const args = [...spaces, 'sh', '-c', script, 'sh', root, ...inside]
  const child = spawn('unshare', args, { stdio: ['ignore', output, output] })
  const [code, signal] = await once(child, 'close')
  if (code === 0) return undefined
  return signal ? `ended by ${signal}` : `exit code ${code}`
}

module.exports = { QEMU, enter }
