'use strict'

/**
 * Shows chains to Node and to the package in whose certificates something was changed, and compares whether they trust
 * them. Nothing may be trusted that Node refuses.
 *
 *     node __test__/differential/altered-chains.js [--cases N] [--seed S] [--verbose] [--dump] [--judge FILE]
 *
 * --dump prints the certificates of what differs. --judge takes a judge that was built before, and asks no handshake.
 */

const { makeAltered } = require('./altered-cases')
const { AlteredJudges } = require('./altered-judges')
const { printCounts, runComparison } = require('./command')

/** @typedef {import('./judges').VerificationResult} VerificationResult */
/** @typedef {import('./altered-cases').AlteredCase} AlteredCase */

/**
 * @typedef {object} Outcome
 * @property {Map<string, number>} counts how often Node said what
 * @property {string[]} open what is trusted here and refused by Node
 * @property {string[]} closed what is refused here and trusted by Node
 * @property {Map<string, number>} reasons what is refused by both for different reasons, by these
 * @property {number} unverified of what is refused here, how many signatures the provider does not know
 * @property {number} nowhere of those, how many Node's handshake ended without a result
 */

/**
 * @param {VerificationResult} result
 * @returns {string}
 */
const inWords = ({ code, message }) => (code === null ? 'trusted' : `${code} (${message ?? ''})`)

/**
 * @param {VerificationResult} result
 * @returns {string} without what differs from one handshake to the other
 */
const reason = ({ code, message }) =>
  code === 'UNSPECIFIED'
    ? (message ?? code)
    : code?.startsWith('ERR_SSL')
      ? 'handshake'
      : String(code)

/** The provider knows fewer algorithms and sizes of keys than OpenSSL. */
const UNVERIFIED = 'certificate signature algorithm not supported'

/** @param {AlteredCase} given */
const inPem = ({ peer, ca }) => [...peer, ...ca].map(der => der.toString('base64')).join('\n')

/**
 * @param {{ cases: number, seed: number, log: (line: string) => void, verbose?: boolean, dump?: boolean, judge?: string }} run
 * @returns {Promise<Outcome>}
 */
async function compareAltered({ cases, seed, log, verbose = false, dump = false, judge }) {
  /** @type {Outcome} */
  const outcome = {
    counts: new Map(),
    open: [],
    closed: [],
    reasons: new Map(),
    unverified: 0,
    nowhere: 0,
  }
  const { counts, open, closed, reasons } = outcome
  const count = (/** @type {Map<string, number>} */ map, /** @type {string} */ what) =>
    map.set(what, (map.get(what) ?? 0) + 1)
  const judges = new AlteredJudges(judge)
  try {
    for (let n = 0; n < cases; n++) {
      const given = makeAltered(seed + n)
      const asked = await judges.ask(given)
      const { node } = asked
      let { ours } = asked
      if (ours.code === null && node.code !== null && !judge) {
        // The result is not all: the leaf's key has to be good for the handshake.
        const seen = await judges.inHandshake(given)
        if (seen.code !== null) ours = seen
      }
      count(counts, reason(node) === 'null' ? 'trusted' : reason(node))
      const what =
        `seed ${given.seed}, shown by a ${given.shownBy}, level ${given.level}` +
        `${given.partial ? ', partial' : ''}: ${given.note}: Node ${inWords(node)}, ours ${inWords(ours)}`
      if (verbose) log(what)
      if ((node.code === null) === (ours.code === null)) {
        if (node.code === null || reason(node) === reason(ours)) continue
        if (reason(node) === 'handshake') outcome.nowhere += 1
        else if (given.shownBy === 'server' || node.code !== ours.code) {
          count(reasons, `Node ${reason(node)}, ours ${reason(ours)}`)
        }
        continue
      }
      if (ours.message === UNVERIFIED) {
        outcome.unverified += 1
        continue
      }
      ;(ours.code === null ? open : closed).push(what)
      log(`${ours.code === null ? 'TRUSTED HERE' : 'refused here'}: ${what}`)
      if (dump) log(inPem(given))
    }
  } finally {
    await judges.close()
  }
  return outcome
}

module.exports = { compareAltered }

if (require.main === module) {
  void runComparison({
    cases: 3000,
    options: { dump: { type: 'boolean', default: false }, judge: { type: 'string' } },
    compare: async given => {
      const { counts, open, closed, reasons, unverified, nowhere } = await compareAltered(given)
      printCounts(counts)
      console.log('refused by both, for another reason:')
      printCounts(reasons)
      const summary =
        `${open.length} trusted here and refused by Node, ${closed.length} refused here and trusted by Node ` +
        `besides ${unverified} with signatures that cannot be verified, ${nowhere} without a result of Node's`
      return { sound: open.length === 0, summary }
    },
  })
}
