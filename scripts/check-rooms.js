'use strict'

/**
 * Which room may import from which: `scripts/rooms/lib.json`, `bin.json` and `src.json` list all arrows there may be.
 * Types count as imports do. No room stands above itself by way of others, and no file does. `bin` uses of the package
 * what its users see, and nothing else but Node.
 */

const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../lib/engine/addon-file')
const { runMain } = require('./prerequisites')
const { rustImports } = require('./rooms/rust-imports')

/** @typedef {Record<string, string[]>} Rooms Each with those that it may import from, the nearest first. */

/**
 * @param {'lib' | 'bin' | 'src'} language
 * @returns {Rooms}
 */
function listOf(language) {
  return JSON.parse(
    fs.readFileSync(path.join(ROOT, 'scripts', 'rooms', `${language}.json`), 'utf8'),
  )
}

/**
 * @param {Rooms} rooms
 * @returns {string[]} the arrows by which one stands above itself
 */
function circles(rooms) {
  /** @type {Map<string, 'entered' | 'left'>} */
  const seen = new Map()
  /** @type {string[]} */
  const found = []
  /** @param {string} room @param {string[]} way */
  function visit(room, way) {
    if (seen.get(room) === 'left') return
    if (seen.get(room) === 'entered') {
      found.push(`a circle: ${[...way.slice(way.indexOf(room)), room].join(' -> ')}`)
      return
    }
    seen.set(room, 'entered')
    for (const below of rooms[room] ?? []) visit(below, [...way, room])
    seen.set(room, 'left')
  }
  for (const room of Object.keys(rooms)) visit(room, [])
  return found
}

/**
 * @param {Rooms} rooms
 * @param {string} from
 * @param {string} to
 * @returns {boolean} whether the arrow is on the list
 */
function isAllowed(rooms, from, to) {
  return from === to || Boolean(rooms[from]?.includes(to))
}

/** Imports of JavaScript, those of types in comments among them, as dependency-cruiser sees them. */
async function javascript() {
  const { cruise } = await import('dependency-cruiser')
  const { output } = await cruise(['index.js', 'lib', 'bin'], {
    baseDir: ROOT,
    parser: 'tsc',
    detectJSDocImports: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.node$' },
    validate: true,
    ruleSet: {
      forbidden: [
        {
          name: 'circle',
          severity: 'error',
          from: {},
          to: { circular: true, viaOnly: { dependencyTypes: ['require'] } },
        },
      ],
    },
  })
  const { modules, summary } =
    /** @type {import('dependency-cruiser', { with: { 'resolution-mode': 'import' } }).ICruiseResult} */ (
      output
    )
  /** @type {string[]} */
  const found = []
  for (const { from, cycle } of summary.violations) {
    found.push(`files in a circle: ${[from, ...(cycle ?? []).map(step => step.name)].join(' -> ')}`)
  }
  for (const folder of /** @type {const} */ (['lib', 'bin'])) {
    const rooms = listOf(folder)
    const inside = modules.filter(({ source }) => source.startsWith(`${folder}/`))
    found.push(...circles(rooms))
    for (const { source, dependencies } of inside) {
      const room = roomOf(source, folder)
      if (!(room in rooms)) {
        found.push(`${source}: the room ${room} is not in scripts/rooms/${folder}.json`)
      }
      for (const { resolved, coreModule } of dependencies) {
        const isOurs = resolved.startsWith(`${folder}/`) || resolved.startsWith('index.')
        // lib is asked about its own rooms; what it takes from elsewhere is Node's, or the addon.
        if (coreModule || (folder === 'lib' && !isOurs)) continue
        if (!isAllowed(rooms, room, roomOf(resolved, folder))) {
          found.push(
            `${source}: ${room} may not import from ${roomOf(resolved, folder)} (${resolved})`,
          )
        }
      }
    }
  }
  return found
}

/**
 * @param {string} file with forward slashes
 * @param {'lib' | 'bin'} folder
 * @returns {string} the folder in it, or the name of a file that stands in none; of a file elsewhere its path
 */
function roomOf(file, folder) {
  // The types of the package's face: of its JavaScript `lib` wants nothing, and `bin` means both.
  if (file.startsWith('index.')) return 'index.d.ts'
  if (!file.startsWith(`${folder}/`)) return file
  const inside = file.slice(folder.length + 1)
  return inside.includes('/') ? path.posix.dirname(inside) : inside
}

/**
 * The rooms of Rust are the folders of src, and its files that stand in none but the crate's root.
 *
 * @returns {string[]}
 */
function rust() {
  const rooms = listOf('src')
  const found = circles(rooms)
  const imports = rustImports(path.join(ROOT, 'src'))
  for (const [file, named] of imports) {
    const room = rustRoomOf(file)
    if (file === 'lib.rs') continue
    if (!(room in rooms))
      found.push(`src/${file}: the room ${room} is not in scripts/rooms/src.json`)
    for (const to of named) {
      if (!isAllowed(rooms, room, rustRoomOf(to))) {
        found.push(`src/${file}: ${room} may not import from ${rustRoomOf(to)} (src/${to})`)
      }
    }
  }
  const files = Object.fromEntries([...imports].map(([file, named]) => [file, [...named]]))
  return [...found, ...circles(files).map(circle => `files of src in ${circle}`)]
}

/**
 * @param {string} file in src, with forward slashes
 * @returns {string}
 */
function rustRoomOf(file) {
  return (file.split('/')[0] ?? '').replace(/\.rs$/, '')
}

runMain(async () => {
  const found = [...(await javascript()), ...rust()]
  if (found.length > 0) throw new Error(`rooms\n  ${found.join('\n  ')}`)
})
