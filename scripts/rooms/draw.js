'use strict'

/**
 * Draws the rooms and the arrows between them, from the lists that are checked: docs/internals/rooms.svg. An arrow that
 * others together say is left out. With --check it writes nothing and fails where the picture is another.
 */

const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')
const { runMain } = require('../prerequisites')

const PICTURE = path.join(ROOT, 'docs', 'internals', 'rooms.svg')

/** By a name that tsc does not follow: its types want a browser's. */
const GRAPHVIZ = String('@viz-js/viz')

/** @typedef {Record<string, string[]>} Rooms */

/**
 * @param {Rooms} rooms
 * @param {string} from
 * @param {string} to
 * @returns {boolean} whether there is a way, of one arrow or more
 */
function leads(rooms, from, to) {
  return (rooms[from] ?? []).some(next => next === to || leads(rooms, next, to))
}

/**
 * @param {'lib' | 'bin' | 'src'} language
 * @param {string} title
 * @returns {string} a part of a graph in DOT
 */
function part(language, title) {
  /** @type {Rooms} */
  const rooms = JSON.parse(fs.readFileSync(path.join(__dirname, `${language}.json`), 'utf8'))
  const name = (/** @type {string} */ room) => JSON.stringify(`${language}/${room}`)
  const nodes = Object.keys(rooms).map(room => `${name(room)} [label=${JSON.stringify(room)}]`)
  const arrows = Object.entries(rooms).flatMap(([from, below]) =>
    below
      .filter(to => to in rooms)
      .filter(to => !below.some(between => between !== to && leads(rooms, between, to)))
      .map(to => `${name(from)} -> ${name(to)}`),
  )
  const label = `label=${JSON.stringify(title)}; style=rounded; color="#999999"`
  return `subgraph cluster_${language} { ${[label, ...nodes, ...arrows].join('; ')} }`
}

runMain(async () => {
  const { instance } = await import(GRAPHVIZ)
  const look = 'fontname="Helvetica,Arial,sans-serif"; fontsize=12'
  const graph = [
    `digraph { ${look}; bgcolor=white; ranksep=0.35`,
    `node [shape=box; style="rounded,filled"; fillcolor="#eef3f8"; color="#557799"; ${look}]`,
    'edge [color="#555555"; arrowsize=0.7]',
    part('bin', 'bin: the command'),
    part('lib', 'lib: JavaScript'),
    `${part('src', 'src: Rust')} }`,
  ].join('; ')
  const picture = (await instance()).renderString(graph, { format: 'svg' })
  const present = fs.existsSync(PICTURE) ? fs.readFileSync(PICTURE, 'utf8') : ''
  if (picture === present) return
  if (process.argv.includes('--check')) {
    throw new Error(
      'docs/internals/rooms.svg is not what the lists say: node scripts/rooms/draw.js',
    )
  }
  fs.writeFileSync(PICTURE, picture)
})
