// Written by `npm run types` from the Rust sources; do not edit.

/** Bytes of a connection. */
export interface ByteCounts {
  /** Plaintext received. */
  read: number
  /** Plaintext sent. */
  written: number
}
/** Who signs a certificate. */
export interface CertificateIssuer {
  /** In DER. */
  certificate: Buffer
  /** In PKCS#8 DER. */
  key: Buffer
}
/** What certificate is to be made. */
export interface CertificateRequest {
  /** The subject. */
  commonName: string
  /** Names of hosts, and IP addresses. */
  names: Array<string>
  /** Unix time in seconds. */
  notBefore: number
  /** Unix time in seconds. */
  notAfter: number
  /** It may issue certificates. */
  authority: boolean
  /** A server may have it. */
  server: boolean
  /** A client may have it. */
  client: boolean
  /** Who signs; itself if there is none. */
  issuer?: CertificateIssuer
}
/** What a client's handshakes need, made once per set of option values. */
export declare class ClientContext {
  /** Fails with a message that names the key which cannot be used. */
  constructor(trust: TrustStore, options: ContextOptions)
}
/** The material and rules of handshakes, as `lib/tls/options.js` takes them from Node's options. */
export interface ContextOptions {
  /** Own certificates with their keys. */
  keyPairs: Array<KeyPairOptions>
  /** `TLSv1.2` or `TLSv1.3`. */
  minVersion: string
  /** `TLSv1.2` or `TLSv1.3`. */
  maxVersion: string
  /** Whether a server asks its peers for a certificate. */
  requestCert: boolean
  /** Whether a server tells its peers whom it trusts when it asks for a certificate. */
  nameTrusted: boolean
  /** Whether a server rejects peers whose certificate is not trusted. */
  rejectUnauthorized: boolean
  /** Whether any trusted certificate may end a chain, not only a self-signed one. */
  allowPartialChain: boolean
  /** OpenSSL's security level, 0 to 5: this Node's default, or that of `ciphers`. */
  securityLevel: number
  /** In order of preference; empty: ALPN has no part. */
  alpnProtocols: Array<Uint8Array>
  /** IANA numbers in order of preference; empty: Node's default order. */
  cipherSuites: Array<number>
  /** IANA numbers in order of preference; empty: all the engine has. */
  groups: Array<number>
  /** IANA numbers in order of preference; empty: all the engine has. */
  signatureSchemes: Array<number>
  /** Whether a server's order of suites wins over its peer's. */
  honorCipherOrder: boolean
}
/** Where a client connects to. */
export interface DialSettings {
  /** IP addresses, in the order in which they are tried. */
  addresses: Array<string>
  /** The path of a Unix domain socket, in place of addresses and port. */
  path?: string
  /** The port. */
  port: number
  /** An IP address of ours to connect from. */
  localAddress?: string
  /** A port of ours to connect from. */
  localPort?: number
  /** Milliseconds for an address when another is left. */
  attemptTimeout: number
  /** The name to send (SNI). */
  serverName?: string
  /** Whether the connection's secrets are to be told. */
  logsKeys: boolean
  /** Milliseconds after which a server that gives no sign counts as gone; 0 for as long as the system likes. */
  deadPeerTimeout: number
  /** Milliseconds after which a server that sends nothing is left; 0 for never. */
  silenceTimeout: number
  /** Bytes of one message. */
  maxMessageBytes: number
  /** Bytes that may wait for the server. */
  maxBufferedBytes: number
}
/**
 * The engine of one JavaScript environment (the main thread or a worker): all of its connections and listeners,
 * each known by a number.
 */
export declare class Engine {
  /**
   * `wake` is called on this thread, with nothing on the stack, when `take` has something to give; with true if that may
   * be in the very turn of the event loop in which a call of this thread has caused it. It does not keep the process
   * alive. `table_length` is that of the table of every call of `take`. With `reads_in_loop` this
   * thread's event loop, which must be libuv's, reads the sockets; else, and where that is not possible, other
   * threads do.
   */
  constructor(wake: (arg: boolean) => void, tableLength: number, readsInLoop: boolean)
  /** `take`, `write` and `queueFirst` once more, for calls that are made for each message. */
  direct(): Pick<Engine, 'take' | 'write' | 'queueFirst'>
  /**
   * Gives back what it holds of the system and of JavaScript, if nothing is under way: another copy of the package has
   * come in this one's place. Says whether it has. Of what is asked later it knows nothing.
   */
  giveBack(): boolean
  /**
   * What has happened: at most 64 KB of lines. `table` receives the number of events, whether more is waiting, and
   * four numbers for each event: connection, kind (0 line in the text, 1 line in `extras`, 2 signal in `extras`, 3
   * request and 4 response in the text), where (end in the text, or index), and the id that was taken off the end of a
   * request or response. Returns the text. If nothing more waits, `wake` will tell.
   */
  take(table: Uint32Array, extras: unknown[]): string
  /**
   * Writes text at once if the connection is free, else as soon as it is. `first` has its first line be a TLS record
   * of its own. Says whether all of it was given to the operating system. A connection that is gone takes nothing.
   */
  write(id: number, text: string, first: boolean): boolean
  /**
   * Accepts a message that is to be a TLS record of its own. It is written together with what `write` is given next,
   * which may be nothing; and within 64 milliseconds in any case.
   */
  queueFirst(id: number, text: string): void
  /** Writes bytes. */
  writeBytes(id: number, bytes: Buffer): boolean
  /** Writes to many connections, to each its own; other threads do the work. `first` is as for `write`. */
  writeMany(ids: Uint32Array, texts: Array<string>, first: boolean): void
  /** Writes one text to many connections, which share its bytes; other threads do the work. `first` is as for `write`. */
  writeShared(ids: Uint32Array, text: string, first: boolean): void
  /** Writes what is left, before the process ends. */
  writeLast(): void
  /** The answer to a login line: 0 it says nothing, 1 authenticate the peer, 2 reject it. */
  login(id: number, result: number): void
  /** The answer to the verification of a server, or to the connection of a peer: whether it may be talked to. */
  admit(id: number, admitted: boolean): void
  /**
   * The answer to a hello: what the handshake goes on with. With `decides_protocol`, also `protocol`, one of those
   * offered; without it the peer is told that none of them is spoken.
   */
  choose(id: number, context: ServerContext, decidesProtocol: boolean, protocol?: Buffer | undefined | null): void
  /** The answer to a hello: the peer is disconnected without a word. No `clientError` follows. */
  refuse(id: number): void
  /** A pong that the engine did not recognise by itself. */
  pong(id: number, key: number): void
  /** Ends our side once all is written. */
  end(id: number): void
  /** Ends the connection; `Closed` follows in a later batch. */
  destroy(id: number): void
  /** Asks for a `drain` signal. */
  reportDrain(id: number): void
  /** Holds back what is received. */
  pause(id: number): void
  /** The same, also after `pause`; the peer's deadlines stand still. */
  hold(id: number): void
  /** Goes on after `pause` or `hold`. */
  resume(id: number): void
  /** Bytes of the lines that wait for this thread. */
  waiting(id: number): number
  /** Bytes accepted for a peer and not yet encrypted. */
  buffered(id: number): number
  /** What a tally says now. */
  counts(tally: Tally): TallyCounts
  /** Our certificate of a connection whose handshake is done, in DER. */
  ownCertificate(id: number): Buffer | null
  /** Key material that both ends of a connection get, and nobody else. Nothing before its handshake is done. */
  exportKeyingMaterial(id: number, length: number, label: string, context?: Buffer | undefined | null): Buffer | null
  /** Bytes of a connection that is not gone. */
  byteCounts(id: number): ByteCounts | null
  /** Starts to connect; returns the connection's number. */
  connect(context: ClientContext, settings: DialSettings, tally: Tally): number
  /** Binds and listens. */
  listen(context: ServerContext, guard: ServerGuard, settings: ListenSettings, tally: Tally): Listening
  /** Stops listening; `listenerClosed` follows when no handshake is under way. */
  closeListener(id: number): void
  /** Handshakes of a listener that are under way. */
  handshakes(listener: number): number
  /** Sets how many connections a listener has at most; further ones are closed at once. */
  setMaxConnections(listener: number, most: number): void
  /**
   * Says what is to be told of handshakes: those that fail as `clientError`, those that begin as `connection` (then
   * also, as `closed`, that they came to nothing), and, with `clientError` and `secure`, their secrets.
   */
  report(listener: number, errors: boolean, connections: boolean, keys: boolean): void
  /** Says whether each new peer of a listener is told as `connection` and waits for `admit`. */
  askPeers(listener: number, wanted: boolean): void
  /**
   * Says which peers of a listener are told as `hello` as soon as they say what they want, and wait for `choose`:
   * those that ask for a name, and those that offer application protocols.
   */
  ask(listener: number, names: boolean, protocols: boolean): void
  /** Gives a listener other keys and rules for the handshakes to come. */
  setContext(listener: number, context: ServerContext): void
  /**
   * Leaves accepting to JavaScript: returns a descriptor of the listening socket, which is JavaScript's own to
   * close. Nothing for a listener that listens nowhere; nor on Windows, where its place is free for JavaScript to
   * listen at.
   */
  handOver(listener: number): number | null
  /** Takes a connection that this process accepted elsewhere: a duplicate of its file descriptor. */
  adopt(listener: number, descriptor: number): void
}
/** Handshakes that failed for one reason. */
export interface FailedHandshakes {
  /** One of the failures, in JSON. */
  failure: string
  /** How many. */
  count: number
}
/** Bounds of a server that hold for all of its peers together. */
export interface GuardSettings {
  /** Bytes that may wait for all peers together. */
  maxTotalBufferedBytes: number
  /** Handshakes under way at a time. */
  maxHandshakes: number
  /** Failed logins of one address in a minute; without it any number. */
  maxFailedLogins?: number
}
/** From so many waiting bytes on a sender had better wait; it is told when they are gone. */
export const HIGH_WATER: number
/** A private key and the certificates sent with it. */
export interface KeyPairOptions {
  /** DER, leaf first. */
  chain: Array<Uint8Array>
  /** PKCS#8 in DER. */
  key: Uint8Array
}
/** How often limits of a server were met. */
export interface LimitCounts {
  /** Handshakes that took too long. */
  handshakeTimeout: number
  /** Handshakes ended for later ones. */
  maxHandshakes: number
  /** Peers that did not log in in time. */
  authTimeout: number
  /** Peers that sent too much before login. */
  maxLoginBytes: number
  /** Wrong passwords. */
  failedLogins: number
  /** Connections refused because of failed logins of their address. */
  maxFailedLogins: number
  /** Messages that were too long. */
  maxMessageBytes: number
  /** Peers disconnected for what was buffered for them. */
  maxBufferedBytes: number
}
/** How a server listens. */
export interface ListenSettings {
  /** Listens nowhere: connections are handed over by `adopt`. */
  detached: boolean
  /** An IP address; without it every address. */
  address?: string
  /** 0 lets the system choose. */
  port: number
  /** How many connections may wait to be accepted. */
  backlog: number
  /** Whether an IPv6 socket refuses IPv4 peers. */
  ipv6Only: boolean
  /** Whether others may listen on the port too. */
  reusePort: boolean
  /** Milliseconds. */
  handshakeTimeout: number
  /** Milliseconds a peer may take to log in; 0 for no limit. */
  loginTimeout: number
  /** Milliseconds from ping to ping. */
  keepaliveInterval: number
  /** Milliseconds from a ping to its pong. */
  keepaliveTimeout: number
  /** Milliseconds after which a peer that gives no sign counts as gone; 0 for as long as the system likes. */
  deadPeerTimeout: number
  /**
   * Milliseconds until an idle connection is probed at the latest, if the user has asked for it; 0 for as long as
   * the system likes.
   */
  probeDelay?: number
  /** Bytes a peer may send before it is authenticated. */
  maxLoginBytes: number
  /** Bytes of one message. */
  maxMessageBytes: number
  /** Bytes that may wait for one peer. */
  maxBufferedBytes: number
}
/** Where a server listens, or why it does not. */
export interface Listening {
  /** The listener's number; 0 if listening failed. */
  id: number
  /** The address bound, or the one that failed. */
  address?: string
  /** The port. */
  port?: number
  /** The system's error number, positive, if listening failed and JavaScript knows it. */
  errno?: number
  /** The error's name in place of the number. */
  code?: string
}
/** A new key, and its certificate. */
export interface MadeCertificate {
  /** In PKCS#8 DER. */
  key: Buffer
  /** In DER. */
  certificate: Buffer
}
/** What JavaScript is to do with the transport of a connection. */
export interface PipeNext {
  /** Whether more bytes are wanted now. If not, a `readAgain` signal or a call of JavaScript's own changes that. */
  read: boolean
  /** Text to be written. */
  output?: string
  /** Milliseconds until `tick` is to be called. */
  wait?: number
  /** Whether the engine has ended the connection: the transport is to be ended, then `close` to be called. */
  done: boolean
  /** Whether the transport is to be destroyed at once, and none of what waits is to be sent. */
  disconnect: boolean
}
/** Bounds of a connection over a transport of JavaScript's. */
export interface PipeSettings {
  /** Milliseconds a peer may take to log in; 0 for no limit. */
  loginTimeout: number
  /** Milliseconds from ping to ping; without it none are sent. */
  keepaliveInterval?: number
  /** Milliseconds from a ping to its pong. */
  keepaliveTimeout: number
  /** Milliseconds after which a peer that sends nothing is left; without it, or with 0, it never is. */
  silenceTimeout?: number
  /** Bytes a peer may send before it is authenticated. */
  maxLoginBytes: number
  /** Bytes of one message. */
  maxMessageBytes: number
  /** Bytes that may wait for the peer. */
  maxBufferedBytes: number
  /** Of a server's connection over TCP: the peer's address. */
  address?: string
}
/**
 * The connections of one JavaScript environment over external transports, each known by a number. Their lines
 * and signals come by way of the engine's `take`.
 */
export declare class Pipes {
  /** Those of an engine. */
  constructor(engine: Engine)
  /** Lets go of the engine, if there is no connection and no handshake. Says whether it has. */
  giveBack(): boolean
  /** A handshake of a server begins; returns its number. A `clientError` signal tells it to give way to a later one. */
  beginHandshake(guard: ServerGuard): number
  /** The handshake is over, one way or the other. */
  endHandshake(id: number): void
  /** A connection, of a server with its guard; returns its number. */
  open(settings: PipeSettings, tally: Tally, guard?: ServerGuard | undefined | null): number
  /** What is to be done now. Nothing for a connection that is gone, here and below. */
  next(id: number): PipeNext | null
  /** There are so many bytes to write. Says whether they may be: not when the connection is being disconnected. */
  accept(id: number, bytes: number): boolean
  /**
   * So many bytes have left, perhaps after they had waited for the peer to make room. Says whether a sender who was told
   * to wait may go on.
   */
  wrote(id: number, bytes: number, waited: boolean): boolean
  /** Bytes that wait for the peer. */
  buffered(id: number): number
  /** Plain bytes of the peer. */
  receive(id: number, bytes: Uint8Array): PipeNext | null
  /** The peer has ended its side; `end` follows what was received before. */
  receiveEnd(id: number): void
  /** The answer to a login line: 0 it says nothing, 1 authenticate the peer, 2 reject it. */
  login(id: number, result: number): PipeNext | null
  /** A pong that the engine did not recognise by itself. */
  pong(id: number, key: number): void
  /** Bytes of lines that wait for JavaScript. */
  waiting(id: number): number
  /**
   * Does what is due: sends a ping, or ends the connection. To be called when nothing of the peer is left unread. With
   * the descriptor of its socket, if it has one, the system is asked whether the peer takes what is sent.
   */
  tick(id: number, descriptor?: number | undefined | null): PipeNext | null
  /** We have ended our side: no ping can be sent any more. */
  end(id: number): void
  /** Holds back what is received. */
  pause(id: number): void
  /** The same, also after `pause`; the peer's deadlines stand still. */
  hold(id: number): void
  /** Whether `pause` holds lines back. */
  holdsBack(id: number): boolean
  /** Goes on after `pause` or `hold`. */
  resume(id: number): PipeNext | null
  /** Drops what waits and all to come. `closed` comes after `close`. */
  destroy(id: number): void
  /** The transport failed; `error` follows what was received before, with the kind `transport`. */
  fail(id: number): void
  /** The transport is gone; `closed` follows everything else. Both counts are plain bytes. */
  close(id: number, hadError: boolean, read: number, written: number): void
}
/** What a server's handshakes need, made once per listening server. */
export declare class ServerContext {
  /** Fails with a message that names the key which cannot be used. */
  constructor(trust: TrustStore, options: ContextOptions)
}
/** What a server holds against its peers, all of them together, from one `listen` to the next. */
export declare class ServerGuard {
  /** A guard that has seen nothing yet. */
  constructor(settings: GuardSettings)
  /** How often each limit was met. */
  counts(): LimitCounts
  /**
   * Whether a connection from this address, which JavaScript has accepted, is to be closed at once because of
   * failed logins. If so, it is counted.
   */
  refuses(address?: string | undefined | null): boolean
  /** A handshake of Node's own TLS took too long. */
  handshakeTimedOut(): void
}
/** What the engine counts for one server or client; `Engine.counts` reads it. */
export declare class Tally {
  /** All of it is 0. */
  constructor()
}
/** What a tally says. */
export interface TallyCounts {
  /** Plaintext bytes received. */
  read: number
  /** Plaintext bytes accepted for peers. */
  written: number
  /** Bytes that wait for peers. */
  outbound: number
  /** Bytes of lines that wait for JavaScript. */
  inbound: number
  /** Pings sent. */
  pingsSent: number
  /** Pings answered in time. */
  pingsAnswered: number
  /** Pings not answered in time. */
  pingsMissed: number
  /** Connections closed at once because of `maxConnections`. */
  overMost: number
  /** Connections closed at once because of `maxFailedLogins`. */
  barred: number
  /** Handshakes of peers that failed, by kind. */
  failedHandshakes: Array<FailedHandshakes>
  /** Those of further kinds. */
  otherFailedHandshakes: number
}
/** Certificates that chains may end in, parsed once. */
export declare class TrustStore {
  /** Takes certificates in DER; what does not parse is left out, as OpenSSL does. */
  constructor(certificates: Array<Uint8Array>)
}
/** Makes a key, and a certificate for it. */
export declare function makeCertificate(request: CertificateRequest): MadeCertificate
