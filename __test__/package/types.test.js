'use strict'

// The types that users get: what must compile does, what must not does not, and both describe the
// files in lib.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const ts = require('typescript')

const { temporary } = require('../helpers/temporary')
const { examples } = require('./declared')

const ROOT = path.resolve(__dirname, '..', '..')

/** How programs tell TypeScript to resolve modules. @type {[module: string, moduleResolution: string, more?: object][]} */
const MODES = [
  ['commonjs', 'node10', { ignoreDeprecations: '6.0' }],
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
  ['preserve', 'bundler'],
]

/** The programs in __test__/types. */
const PROJECT = path.join(ROOT, '__test__', 'types')

test('programs with and without types of their own compile', () => {
  const { config } = ts.readConfigFile(path.join(PROJECT, 'tsconfig.json'), ts.sys.readFile)
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(config, ts.sys, PROJECT)
  assert.deepEqual(errors, [])
  const { files, texts } = check(fileNames, options)
  assert.deepEqual(texts, [])

  // The lines that must not compile are looked at, and the packed types are all that are needed.
  const names = files.map(name => path.relative(ROOT, name).split(path.sep).join('/'))
  for (const file of ['untyped.ts', 'typed.ts', 'refused.ts', 'paths.ts', 'module.mts']) {
    assert.ok(names.includes(`__test__/types/${file}`), file)
  }
  const { files: packed } = require('../../package.json')
  assert.ok(packed.includes('types/*.d.ts'))
  for (const name of fs.readdirSync(path.join(ROOT, 'types'))) {
    assert.ok(names.includes(`types/${name}`), name)
  }
})

/** What must compile under all of them. */
const PROGRAM = `
import { Client, NotConnectedError, Server } from 'tls-json'
import type { ServerOptions, Socket } from 'tls-json'

declare module 'tls-json' {
  interface Socket {
    user?: string
  }
}

const config: ServerOptions = { password: 'secret', maxHandshakes: 100 }
const server = new Server<{ sum: number }, { add: number[] }>(config)
server.on('authenticated', (id: number, socket: Socket) => console.log(id, socket.user))
server.on('error', (_id, error) => {
  if (error instanceof NotConnectedError) console.log(error.code)
})
new Client({ port: 8888 }).send('anything')
`

/** The examples of the types, each with what it may use. */
const EXAMPLES = `
import {
  Client, NotConnectedError, RequestTimeoutError, Server, TlsJsonError, createCertificate, type Channels, type Socket,
} from 'tls-json'
import { Cluster, memoryBroker, type Broker } from 'tls-json/cluster'
import { subscribe } from 'node:diagnostics_channel'

declare const cluster: Cluster
declare const broker: Broker
declare const server: Server
declare const client: Client
declare const socket: Socket
declare const id: number
declare const [key, cert, ca]: Buffer[]
export { NotConnectedError, createCertificate, memoryBroker, subscribe, type Channels }
${examples.map((text, at) => `export async function example${at}() {\n${text}\n}`).join('\n')}
`

test('the types have examples', () => {
  assert.ok(examples.length >= 20, `only ${examples.length}`)
  for (const text of examples) assert.ok(text.length > 20, text)
})

for (const [module, moduleResolution, more] of MODES) {
  test(`a program compiles with module ${module} and moduleResolution ${moduleResolution}`, t => {
    const folder = temporary(t)
    fs.mkdirSync(path.join(folder, 'node_modules'))
    fs.symlinkSync(ROOT, path.join(folder, 'node_modules', 'tls-json'), 'junction')
    fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
    fs.writeFileSync(path.join(folder, 'program.ts'), PROGRAM)
    fs.writeFileSync(path.join(folder, 'examples.ts'), EXAMPLES)
    const options = { strict: true, noEmit: true, target: 'ES2023', types: ['node'] }
    const roots = { typeRoots: [path.join(ROOT, 'node_modules/@types')] }
    const json = { ...options, ...roots, module, moduleResolution, ...more }
    const converted = ts.convertCompilerOptionsFromJson(json, folder)
    assert.deepEqual(converted.errors, [])
    const programs = ['program.ts', 'examples.ts'].map(name => path.join(folder, name))
    const { files, texts } = check(programs, converted.options)
    assert.ok(files.length > 8, `only ${files.length} files`)
    assert.deepEqual(texts, [])
  })
}

/**
 * Checks programs and the types of this package. Not those of Node and the language, nor the files of lib: that takes longer
 * than all else, and tsconfig.json has those of lib checked.
 *
 * @param {string[]} files
 * @param {ts.CompilerOptions} options
 * @returns {{ files: string[], texts: unknown[] }} what was checked, and what was found
 */
function check(files, options) {
  const program = ts.createProgram(files, options, cachingHost(options))
  const checked = program.getSourceFiles().filter(isOurs)
  const found = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...checked.flatMap(file => ts.getPreEmitDiagnostics(program, file)),
  ]
  return {
    files: checked.map(({ fileName }) => fileName),
    texts: found.map(({ messageText, file }) => [file?.fileName, messageText]),
  }
}

/** Files that are parsed: those of Node and the language are the same in every mode. @type {Map<string, ts.SourceFile | undefined>} */
const parsed = new Map()

/**
 * @param {ts.CompilerOptions} options
 * @returns {ts.CompilerHost} that parses each file once
 */
function cachingHost(options) {
  const host = ts.createCompilerHost(options)
  const { getSourceFile } = host
  host.getSourceFile = (name, version, ...more) => {
    if (!name.endsWith('.d.ts')) return getSourceFile(name, version, ...more)
    const format = typeof version === 'object' ? version.impliedNodeFormat : undefined
    const key = `${name} ${format}`
    if (!parsed.has(key)) parsed.set(key, getSourceFile(name, version, ...more))
    return parsed.get(key)
  }
  return host
}

/**
 * @param {import('typescript').SourceFile} file
 * @returns {boolean} whether it is a program, or of this package
 */
function isOurs({ fileName }) {
  if (!/\.m?ts$/.test(fileName)) return false
  return /(program|examples)\.ts$/.test(fileName) || !fileName.includes('/node_modules/')
}
