/** A key and its certificate, PEM: what `options` of a `Server` or `Client` take. */
export interface CertificatePair {
  /** P-256, PKCS#8. */
  key: string
  cert: string
}

/** What `createCertificate` is to make. */
export interface CertificateOptions {
  /**
   * Host names and IP addresses that it is good for, as `subjectAltName`.
   * @default ['localhost', '127.0.0.1', '::1'] for servers, none for others
   */
  names?: readonly string[] | undefined
  /**
   * The subject.
   * @default the first of `names`; without any the purpose
   */
  commonName?: string | undefined
  /**
   * Who may have it. An `'authority'` issues others.
   * @default 'server'
   */
  purpose?: 'server' | 'client' | 'both' | 'authority' | undefined
  /**
   * How long it is valid.
   * @default 3650 days
   */
  days?: number | undefined
  /**
   * From when it is valid.
   * @default five minutes ago, because clocks differ
   */
  validFrom?: Date | undefined
  /**
   * The authority that signs it: its key and certificate, PEM. Its subject is a common name and nothing else. Without one
   * the certificate is self-signed.
   * @default undefined
   */
  issuer?: { key: string | Buffer; cert: string | Buffer } | undefined
}

/**
 * Makes a private key and a certificate, for development and tests.
 *
 * @throws `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for options of no use; Node's own errors for an `issuer` that
 *   cannot be read.
 * @example const server = new Server({ options: createCertificate(), password: 'secret' })
 */
export function createCertificate(options?: CertificateOptions): CertificatePair
