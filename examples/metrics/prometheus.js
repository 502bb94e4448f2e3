'use strict'

// stats() of a server or client as the text that Prometheus reads. Copy it: it needs nothing but Node.

/** Numbers that go up and down. All others only grow. */
const GAUGES = /_(connections_(open|loggedIn)|queued_\w+|requests_pending|rooms)$/

/** Objects whose keys are codes of errors: these become a label. */
const BY_CODE = /_(failures|reasons)$/

/**
 * @param {string} name such as `tls_json_server_connections_loggedIn`
 * @returns {string} in the form that Prometheus asks for: `tls_json_server_connections_logged_in`
 */
function snake(name) {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** @param {string} text of a label */
function escaped(text) {
  return text.replace(/[\\"\n]/g, each => (each === '\n' ? '\\n' : `\\${each}`))
}

/**
 * @param {object} stats What `stats()` returns, and other numbers of yours beside it.
 * @param {string} [prefix] What all names begin with.
 * @param {Record<string, string>} [labels] For each line: which server, if there are several.
 * @returns {string}
 */
function prometheus(stats, prefix = 'tls_json_server', labels = {}) {
  /** @type {string[]} */
  const lines = []
  /** @type {(path: string, own: string, samples: [label: string, value: number][]) => void} */
  const add = (path, own, samples) => {
    const isGauge = GAUGES.test(path)
    const name = snake(isGauge ? path : `${path}_total`)
    lines.push(`# TYPE ${name} ${isGauge ? 'gauge' : 'counter'}`)
    for (const [label, value] of samples) {
      const all = Object.entries({ ...labels, ...(own && { [own]: label }) })
      const text = all.map(([key, each]) => `${key}="${escaped(each)}"`).join(',')
      lines.push(`${name}${text && `{${text}}`} ${value}`)
    }
  }
  /** @type {(value: any, path: string) => void} */
  const walk = (value, path) => {
    if (typeof value === 'number') add(path, '', [['', value]])
    else if (BY_CODE.test(path)) add(path, 'code', Object.entries(value))
    else if (!Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}_${key}`)
    }
  }
  walk(stats, prefix)
  return `${lines.join('\n')}\n`
}

exports.prometheus = prometheus
