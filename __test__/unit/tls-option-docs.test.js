'use strict'

// docs/reference/tls-options.md, option by option: against the table of options, against Node's types, and by trying each option.

const assert = require('node:assert/strict')
const { constants } = require('node:crypto')
const fs = require('node:fs')
const { BlockList } = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const tls = require('node:tls')
const ts = require('typescript')
const { needsNode, table } = require('../../lib/tls/option-table')
const { clientMaterial } = require('../../lib/tls/client-material')
const { serverMaterial } = require('../../lib/tls/server-material')
const { CertificateMaker } = require('./certificates')

const ROOT = path.resolve(__dirname, '..', '..')
const maker = new CertificateMaker()
const { key, cert } = maker.selfSigned()

/** A value for each option that asks for something; with others, where it needs them. @type {Record<string, any>} */
const examples = {
  key,
  cert,
  passphrase: 'open sesame',
  pfx: maker.container(key, cert),
  ca: cert,
  crl: maker.revocationList(key, cert),
  allowPartialTrustChain: true,
  requestCert: true,
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined,
  clientCertEngine: 'engine',
  privateKeyEngine: 'engine',
  privateKeyIdentifier: 'key',
  secureContext: tls.createSecureContext(),
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.2',
  secureProtocol: 'TLSv1_2_method',
  secureOptions: constants.SSL_OP_NO_TLSv1_3,
  ciphers: 'ECDHE-RSA-AES256-GCM-SHA384',
  honorCipherOrder: false,
  ecdhCurve: 'P-384',
  sigalgs: 'ecdsa_secp256r1_sha256',
  ALPNProtocols: ['a'],
  ALPNCallback: () => 'a',
  servername: 'localhost',
  SNICallback: () => {},
  pskCallback: () => null,
  pskIdentityHint: 'hint',
  dhparam: 'auto',
  minDHSize: 2048,
  certificateCompression: ['zlib'],
  session: Buffer.from('session'),
  sessionTimeout: 10,
  sessionIdContext: 'context',
  ticketKeys: Buffer.alloc(48),
  requestOCSP: true,
  enableTrace: true,
  host: 'localhost',
  port: 1,
  path: '/tmp/socket',
  socket: {},
  lookup: () => {},
  family: 4,
  hints: 0,
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: 300,
  localAddress: '127.0.0.1',
  localPort: 1,
  timeout: 1000,
  handshakeTimeout: 1000,
  blockList: new BlockList(),
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 1000,
  allowHalfOpen: true,
  pauseOnConnect: true,
  highWaterMark: 1024,
  onread: {},
  signal: new AbortController().signal,
  fd: 1,
  readable: true,
  writable: true,
}

const text = fs.readFileSync(path.join(ROOT, 'docs/reference/tls-options.md'), 'utf8')
const rows = [...text.matchAll(/^- `(\w+)` \(([a-z ]+);\s(\w+)\):\s/gm)].map(
  ([, name, readers, transport]) => ({
    name: String(name),
    server: readers?.includes('server') ? 'yes' : 'no',
    client: readers?.includes('client') ? 'yes' : 'no',
    transport,
  }),
)
const names = rows.map(({ name }) => name)

/**
 * @param {() => unknown} run
 * @returns {any} what it threw
 */
function thrown(run) {
  try {
    run()
  } catch (error) {
    return error
  }
  return null
}

/** @returns {Set<string>} the options that Node's types list */
function typed() {
  const file = path.join(ROOT, '__test__', 'options-of-node.ts').replaceAll(path.sep, '/')
  const source = `import tls = require('node:tls')
    import net = require('node:net')
    export type Options = Required<tls.TlsOptions> & Required<tls.ConnectionOptions> &
      Required<tls.SecureContextOptions> & Required<net.TcpNetConnectOpts> & Required<net.IpcNetConnectOpts>`
  const options = { types: ['node'], module: ts.ModuleKind.NodeNext, skipLibCheck: true }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = name => name === file || fileExists(name)
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, source, ts.ScriptTarget.Latest)
      : getSourceFile(name, ...rest)
  const program = ts.createProgram([file], options, host)
  const statements = program.getSourceFile(file)?.statements ?? []
  const type = program.getTypeChecker().getTypeAtLocation(/** @type {any} */ (statements[2]))
  return new Set(type.getProperties().map(property => property.name))
}

test('every option of the table has an entry, and each entry is an option', () => {
  assert.deepEqual([...names].sort(), Object.keys(table).sort())
  assert.deepEqual(names.sort(), Object.keys(examples).sort())
})

test('every option that Node’s types list has an entry', () => {
  const listed = typed()
  assert.ok(listed.size > 50, `only ${listed.size} options`)
  assert.deepEqual(
    [...listed].filter(name => !names.includes(name)),
    [],
  )
})

for (const { name, server, client, transport } of rows) {
  test(`${name}: ${transport}`, () => {
    const { handling, role } = table[name] ?? {}
    const expected = { rust: 'rustls', js: 'rustls', ignored: 'rustls', node: 'node' }
    assert.equal(transport, /** @type {any} */ (expected)[String(handling)] ?? 'none')
    assert.deepEqual([server === 'yes', client === 'yes'], [role !== 'client', role !== 'server'])
    const options = { [name]: examples[name], ...(name === 'cert' && { key }) }
    for (const [who, read, reads] of /** @type {const} */ ([
      ['server', serverMaterial, server],
      ['client', clientMaterial, client],
    ])) {
      const honoured = reads === 'no' || transport === 'rustls'
      assert.equal(needsNode(options, who), honoured || transport === 'none' ? null : name, who)
      const { code, message } = thrown(() => read(options)) ?? {}
      if (honoured) {
        assert.equal(code, undefined, `${who}: ${message}`)
      } else if (transport === 'none') {
        assert.equal(code, 'TLSJSON_UNSUPPORTED_OPTION', who)
        assert.ok(message.startsWith(`The option ${name} (`), message)
      }
    }
  })
}
