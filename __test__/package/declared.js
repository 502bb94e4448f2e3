'use strict'

// What the types of the package declare, read with TypeScript's own parser.

const fs = require('node:fs')
const path = require('node:path')
const ts = require('typescript')

const { ROOT } = require('../../lib/engine/addon-file')

/** The files of the types that are written by hand. */
const FILES = [
  'index.d.ts',
  'cluster.d.ts',
  ...fs.readdirSync(path.join(ROOT, 'types')).map(name => `types/${name}`),
]

/**
 * @typedef {object} Member
 * @property {string} name
 * @property {string} text What is said of it, without tags.
 * @property {string | undefined} byDefault The text of its `@default`.
 */

/** The texts behind `@example`. @type {string[]} */
const examples = []

/** @param {ts.Node} node */
function collectExamples(node) {
  for (const tag of ts.getJSDocTags(node)) {
    if (tag.tagName.text !== 'example') continue
    examples.push(ts.getTextOfJSDocComment(tag.comment) ?? '')
  }
  ts.forEachChild(node, collectExamples)
}

/** Interfaces and classes, and union types, by name. @type {Map<string, ts.Node>} */
const declarations = new Map()
for (const file of FILES) {
  const text = fs.readFileSync(path.join(ROOT, file), 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true)
  collectExamples(source)
  for (const statement of source.statements) {
    if (
      ts.isInterfaceDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement)
    ) {
      declarations.set(String(statement.name?.text), statement)
    }
  }
}

/**
 * @param {string} name of an interface or a class
 * @returns {ts.Node}
 */
function declaration(name) {
  const found = declarations.get(name)
  if (found === undefined) throw new Error(`no type ${name}`)
  return found
}

/**
 * @param {string} name of an interface or a class
 * @returns {Member[]} its members, without a constructor, each once
 */
function membersOf(name) {
  const node = /** @type {ts.InterfaceDeclaration | ts.ClassDeclaration} */ (declaration(name))
  /** @type {Map<string, Member>} */
  const members = new Map()
  for (const member of node.members) {
    if (member.name === undefined) continue
    const key = /** @type {ts.Identifier} */ (member.name).text
    const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default')
    const [doc] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc)
    const text = ts.getTextOfJSDocComment(doc?.comment) ?? ''
    const byDefault = ts.getTextOfJSDocComment(tag?.comment)
    if (!members.has(key)) members.set(key, { name: key, text, byDefault })
  }
  return [...members.values()]
}

/**
 * @param {string} name of an interface
 * @returns {Record<string, string[]>} its members, each with those of the object that it is
 */
function nestedMembersOf(name) {
  const { members } = /** @type {ts.InterfaceDeclaration} */ (declaration(name))
  /** @param {ts.Node | undefined} type @returns {string[]} */
  const within = type =>
    type !== undefined && ts.isTypeLiteralNode(type)
      ? type.members.map(member => /** @type {ts.Identifier} */ (member.name).text)
      : []
  return Object.fromEntries(
    members
      .filter(ts.isPropertySignature)
      .map(({ name: key, type }) => [/** @type {ts.Identifier} */ (key).text, within(type)]),
  )
}

/**
 * @param {string} name of a class, an interface or a type
 * @returns {string[]} the texts of its string literals: of a union, what it may be
 */
function literalsOf(name) {
  /** @type {string[]} */
  const found = []
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isStringLiteral(node)) found.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(declaration(name))
  return found
}

/**
 * @param {string} type of a file of the types, an object
 * @param {string} file
 * @returns {Set<string>} the names of its members, with those that it has from Node's types
 */
function resolvedMembers(type, file) {
  const full = path.join(ROOT, file)
  const options = { types: ['node'], module: ts.ModuleKind.Node16, strict: true }
  const program = ts.createProgram([full], options)
  const statement = program
    .getSourceFile(full)
    ?.statements.find(each => ts.isTypeAliasDeclaration(each) && each.name.text === type)
  if (statement === undefined) throw new Error(`no type ${type} in ${file}`)
  const properties = program.getTypeChecker().getTypeAtLocation(statement).getProperties()
  return new Set(properties.map(({ name }) => name))
}

module.exports = { examples, literalsOf, membersOf, nestedMembersOf, resolvedMembers }
