'use strict'

// What the page of `tls-json watch --http` does: it hears of samples, and draws them.

/** @typedef {{ at: number, roundTrip: number, stats: any, rates: Record<string, number> | null }} Sample */

/** Milliseconds of samples that are shown. */
const SHOWN = 10 * 60_000

const SVG = 'http://www.w3.org/2000/svg'

/** @param {number} value */
const whole = value => Math.round(value).toLocaleString('en')

/** @param {number} value */
const size = value => {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let at = 0
  for (; value >= 1000 && at < units.length - 1; at++) value /= 1000
  return `${at === 0 ? Math.round(value) : value.toFixed(1)} ${units[at]}`
}

/** @type {{ title: string, text: (value: number) => string, lines: [string, (sample: Sample) => number | undefined][] }[]} */
const PLOTS = [
  {
    title: 'Clients',
    text: whole,
    lines: [
      ['logged in', ({ stats }) => stats.connections.loggedIn],
      ['connected', ({ stats }) => stats.connections.open],
    ],
  },
  {
    title: 'Messages a second',
    text: whole,
    lines: [
      ['received', ({ rates }) => rates?.received],
      ['sent', ({ rates }) => rates?.sent],
    ],
  },
  {
    title: 'Bytes a second',
    text: size,
    lines: [
      ['received', ({ rates }) => rates?.bytesReceived],
      ['sent', ({ rates }) => rates?.bytesSent],
    ],
  },
  {
    title: 'Waiting',
    text: size,
    lines: [
      ['to be read', ({ stats }) => stats.queued.inbound],
      ['to be sent', ({ stats }) => stats.queued.outbound],
    ],
  },
  {
    title: 'Round trip',
    text: value => `${value.toFixed(1)} ms`,
    lines: [['of one request', ({ roundTrip }) => roundTrip]],
  },
]

/** @type {Sample[]} */
let samples = []

/** @param {string} id @returns {HTMLElement} */
function element(id) {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`no ${id}`)
  return found
}

const drawings = PLOTS.map(({ title, text, lines }) => {
  const figure = document.createElement('figure')
  const caption = document.createElement('figcaption')
  const picture = document.createElementNS(SVG, 'svg')
  picture.setAttribute('viewBox', '0 0 100 100')
  picture.setAttribute('preserveAspectRatio', 'none')
  picture.setAttribute('role', 'img')
  picture.setAttribute('aria-label', title)
  figure.append(caption, picture)
  element('plots').append(figure)
  const drawn = lines.map(([name, value], at) => {
    const style = at === 0 ? 'first' : 'second'
    const label = document.createElement('b')
    label.className = style
    const line = document.createElementNS(SVG, 'polyline')
    line.setAttribute('class', style)
    picture.append(line)
    return { name, value, label, line }
  })
  caption.append(
    `${title}: `,
    ...drawn.flatMap(({ label }, at) => (at === 0 ? [label] : [', ', label])),
  )
  return () => {
    const last = samples.at(-1)
    if (last === undefined) return
    const from = Math.max(last.at - SHOWN, samples[0]?.at ?? 0)
    const span = Math.max(1000, last.at - from)
    const values = drawn.flatMap(({ value }) => samples.map(sample => value(sample) ?? 0))
    const most = Math.max(1, ...values)
    for (const { name, value, label, line } of drawn) {
      const now = value(last)
      label.textContent = `${name} ${now === undefined ? '-' : text(now)}`
      const points = samples.flatMap(sample => {
        const found = value(sample)
        if (found === undefined) return []
        return [`${(100 * (sample.at - from)) / span},${98 - (96 * found) / most}`]
      })
      line.setAttribute('points', points.join(' '))
    }
  }
})

/**
 * @param {any} value
 * @param {string} name
 * @returns {[string, number][]} all numbers in it
 */
function figures(value, name) {
  if (typeof value === 'number') return [[name, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    figures(inner, name === '' ? key : `${name}.${key}`),
  )
}

function draw() {
  for (const each of drawings) each()
  const last = samples.at(-1)
  if (last === undefined) return
  const rows = figures(last.stats, '').map(([name, value]) => {
    const row = document.createElement('tr')
    const head = document.createElement('th')
    const cell = document.createElement('td')
    head.textContent = name
    head.scope = 'row'
    cell.textContent = value.toLocaleString('en')
    row.append(head, cell)
    return row
  })
  element('figures').replaceChildren(...rows)
}

/** @param {string} text @param {boolean} isLost */
function tell(text, isLost) {
  const state = element('state')
  state.textContent = text
  state.classList.toggle('lost', isLost)
}

const source = new EventSource(`/samples${location.search}`)
source.onopen = () => {
  // It begins with all there are.
  samples = []
}
source.addEventListener('message', ({ data }) => {
  samples.push(...JSON.parse(data))
  const last = samples.at(-1)
  if (last === undefined) return
  samples = samples.filter(({ at }) => at >= last.at - SHOWN)
  tell(`as of ${new Date(last.at).toLocaleTimeString()}`, false)
  draw()
})
source.onerror = () => tell('tls-json watch has ended, or cannot be reached', true)
