'use strict'

const { OURS } = require('./summary')

/** @typedef {import('../run').Results} Results */
/** @typedef {Record<string, any>} Spec of Vega-Lite, https://vega.github.io/vega-lite/docs/ */

/** Colours that are told apart also by who sees fewer, by peer; what others there are takes the last. */
const COLOURS = {
  ours: '#0072b2',
  original: '#d55e00',
  tuned: '#009e73',
  ws: '#cc79a7',
  floor: '#999999',
  'socket.io': '#d55e00',
}
const OTHER = '#56b4e9'

/** What all charts share. Readable on dark pages too, which is why they bring their own background. */
const LOOK = /** @type {const} */ ({
  background: 'white',
  padding: 12,
  config: {
    font: 'sans-serif',
    axis: { labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal' },
    legend: { labelFontSize: 12, orient: 'top', title: null },
    title: { fontSize: 14, anchor: 'start' },
  },
})

/**
 * @param {Results['peers']} peers
 * @returns {{ domain: string[], range: string[] }}
 */
function colours(peers) {
  return {
    domain: peers.map(({ title }) => title),
    range: peers.map(({ name }) => /** @type {Record<string, string>} */ (COLOURS)[name] ?? OTHER),
  }
}

/**
 * How many times better ours is than each other peer, a bar for each. Metrics where less is better are turned round.
 *
 * @param {Results} results
 * @returns {Spec}
 */
function ratioChart({ scenarios, peers }) {
  const values = []
  for (const summary of scenarios) {
    for (const { name, title, better, secondary = false } of summary.metrics) {
      if (secondary) continue
      for (const row of summary.rows) {
        const ratio = row.figures[name]?.ours?.median
        if (ratio === undefined) continue
        values.push({
          metric: `${summary.label}; ${title}`,
          peer: row.title,
          times: better === 'higher' ? ratio : 1 / ratio,
        })
      }
    }
  }
  return {
    ...LOOK,
    title: 'How many times better than each: to the right of 1 is better',
    data: { values },
    height: { step: 9 },
    width: 520,
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          x: {
            field: 'times',
            type: 'quantitative',
            scale: { type: 'log' },
            title: 'times better (logarithmic)',
            axis: { values: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200] },
          },
          x2: { datum: 1 },
          y: {
            field: 'metric',
            type: 'nominal',
            sort: null,
            title: null,
            axis: { labelLimit: 800 },
          },
          yOffset: { field: 'peer', sort: peers.map(({ title }) => title) },
          color: {
            field: 'peer',
            scale: colours(peers.filter(({ name }) => name !== OURS)),
          },
        },
      },
      { mark: { type: 'rule', color: 'black' }, encoding: { x: { datum: 1 } } },
    ],
  }
}

/** Bars of a narrow chart, and lines of text above them, are as high as this, in pixels. */
const NARROW_STEP = 11

/** What a narrow chart has: the phone has 342 pixels for it. */
const NARROW = /** @type {const} */ ({ width: 318, margin: 12, legendColumns: 2, titleSize: 11 })

/**
 * The same figures as `ratioChart`, for a narrow screen: the words stand above the bars.
 *
 * @param {Results} results
 * @returns {Spec}
 */
function narrowRatioChart(results) {
  const { layer, ...chart } = ratioChart(results)
  const peers = results.peers.filter(({ name }) => name !== OURS).map(({ title }) => title)
  // Two lines of words take the places of two bars.
  const scale = { domain: ['first line', 'second line', ...peers] }
  const words = ['first line', 'second line'].map((line, at) => ({
    transform: [
      // Each line once, not with every bar.
      { aggregate: [], groupby: ['metric'] },
      { calculate: `split(datum.metric, '; ')[${at}]`, as: 'words' },
      { calculate: `'${line}'`, as: 'peer' },
    ],
    mark: {
      type: 'text',
      align: 'left',
      fontSize: 10,
      fontWeight: at === 0 ? 'bold' : 'normal',
      yOffset: NARROW_STEP / 2,
    },
    encoding: {
      x: { value: 0 },
      y: { field: 'metric', type: 'nominal', sort: null },
      yOffset: { field: 'peer', sort: null, scale },
      text: { field: 'words' },
    },
  }))
  const [bars, one] = layer
  const y = { ...bars.encoding.y, axis: null }
  const yOffset = { ...bars.encoding.yOffset, scale }
  const color = { ...bars.encoding.color, legend: { columns: NARROW.legendColumns } }
  const encoding = { ...bars.encoding, y, yOffset, color }
  return {
    ...chart,
    title: ['How many times better than each:', 'to the right of 1 is better'],
    // Vega guesses how long words are, and leaves more beside the chart than they need.
    autosize: 'none',
    padding: { left: NARROW.margin, right: NARROW.margin, top: 96, bottom: 48 },
    width: NARROW.width,
    height: { step: NARROW_STEP },
    layer: [{ ...bars, encoding }, one, ...words],
  }
}

/** Powers of ten, written as 10k and 1M. */
const LOGARITHMIC = /** @type {const} */ ({
  type: 'quantitative',
  scale: { type: 'log', nice: false, padding: 8 },
  axis: { format: '~s', tickCount: 5, labelOverlap: true },
})

/**
 * Each metric of a curve against what grows, both logarithmic, side by side.
 *
 * @param {Results['curves'][number]} curve
 * @param {Results['peers']} peers
 * @returns {Spec}
 */
function curveChart({ title, axis, points }, peers) {
  const shown = points[0].summary.metrics.filter(({ secondary = false }) => !secondary)
  const rows = points.flatMap(({ value, summary }) =>
    summary.rows
      .filter(({ error }) => error === undefined)
      .flatMap(({ title: peer, figures }) =>
        shown.map(({ name }) => ({ value, peer, metric: name, y: figures[name].value.median })),
      ),
  )
  return {
    ...LOOK,
    title,
    columns: 3,
    concat: shown.map(({ name, title: metric }) => ({
      data: { values: rows.filter(row => row.metric === name) },
      width: 260,
      height: 240,
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'value', title: axis, ...LOGARITHMIC },
        y: { field: 'y', title: metric, ...LOGARITHMIC },
        color: { field: 'peer', scale: colours(peers) },
      },
    })),
  }
}

/**
 * The same figures as `curveChart`, for a narrow screen: one below the other.
 *
 * @param {Results['curves'][number]} curve
 * @param {Results['peers']} peers
 * @returns {Spec}
 */
function narrowCurveChart(curve, peers) {
  const chart = curveChart(curve, peers)
  return {
    ...chart,
    title: { text: chart.title.split(/(?<=,) /), fontSize: NARROW.titleSize },
    columns: 1,
    concat: chart.concat.map((/** @type {Spec} */ each) => ({ ...each, width: 250 })),
    config: {
      ...chart.config,
      legend: { ...chart.config.legend, columns: NARROW.legendColumns },
    },
  }
}

/**
 * @param {Spec} spec
 * @returns {Promise<string>} the SVG file
 */
async function draw(spec) {
  // By names that the type checker does not follow: their types need those of a browser.
  const [vega, { compile }] = await Promise.all(['vega', 'vega-lite'].map(name => import(name)))
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  return `${svg}\n`
}

module.exports = { ratioChart, curveChart, narrowRatioChart, narrowCurveChart, draw }
