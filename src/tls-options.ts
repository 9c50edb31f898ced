/**
 * The option `tls`: what a socket brings to `tls://`, by the names that `node:tls` has for it. Here it is checked as far as
 * that goes without reading certificates; `transport/tls.ts` gives it to Node.
 *
 * @module
 */
import { invalidType, invalidValue } from './errors.ts';

/** PEM as text or bytes (DER for `pfx`), one or several. */
export type TlsMaterial = string | Uint8Array | readonly (string | Uint8Array)[];

/** Keys, certificates and rules for `tls://`, named as in `node:tls`. */
export type TlsOptions = {
  /** One's own private key, PEM. */
  readonly key?: TlsMaterial | undefined;
  /** One's own certificate with those between it and the CA's, PEM. A socket that binds must have one. */
  readonly cert?: TlsMaterial | undefined;
  /** Key and certificate as PKCS #12, in place of `key` and `cert`. */
  readonly pfx?: TlsMaterial | undefined;
  /** What `key` or `pfx` is encrypted with. */
  readonly passphrase?: string | undefined;
  /** The CAs whose certificates peers may have, PEM; those that Node knows when absent. */
  readonly ca?: TlsMaterial | undefined;
  /** Lists of revoked certificates, PEM. */
  readonly crl?: TlsMaterial | undefined;
  /** `bind`: ask clients for a certificate; with `rejectUnauthorized` they must have a good one. `false` when absent. */
  readonly requestCert?: boolean | undefined;
  /** Refuse peers whose certificate is not good. `true` when absent; `false` is for experiments. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** `connect`: the name that the server's certificate must have, told to the server (SNI); the host of the endpoint when absent. */
  readonly servername?: string | undefined;
  /** Protocols for ALPN, in order of preference: a server with a list ends connections that have none of it. */
  readonly ALPNProtocols?: readonly string[] | undefined;
  /** OpenSSL's list of ciphers; Node's when absent. */
  readonly ciphers?: string | undefined;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
};

type Kind = { readonly what: string; readonly fits: (value: unknown) => boolean };

const FLAG: Kind = { what: 'a boolean', fits: (value) => typeof value === 'boolean' };
const TEXT: Kind = {
  what: 'a string that is not empty',
  fits: (value) => typeof value === 'string' && value !== '',
};
const TEXTS: Kind = {
  what: 'an array of strings that are not empty',
  fits: (value) => Array.isArray(value) && value.every(TEXT.fits),
};
const VERSION: Kind = {
  what: '"TLSv1.2" or "TLSv1.3"',
  fits: (value) => value === 'TLSv1.2' || value === 'TLSv1.3',
};
const MATERIAL: Kind = {
  what: 'text or bytes, or an array of them, and not empty',
  fits: (value) =>
    Array.isArray(value) ? value.length > 0 && value.every(isMaterial) : isMaterial(value),
};

const KINDS: { readonly [K in keyof TlsOptions]-?: Kind } = {
  key: MATERIAL,
  cert: MATERIAL,
  pfx: MATERIAL,
  passphrase: TEXT,
  ca: MATERIAL,
  crl: MATERIAL,
  requestCert: FLAG,
  rejectUnauthorized: FLAG,
  servername: TEXT,
  ALPNProtocols: TEXTS,
  ciphers: TEXT,
  minVersion: VERSION,
  maxVersion: VERSION,
};

function isMaterial(value: unknown): boolean {
  return (typeof value === 'string' || value instanceof Uint8Array) && value.length > 0;
}

/**
 * A copy that nobody can change, without what is `undefined`. Errors say nothing of the values: some are secrets.
 *
 * @throws {TypeError} code EINVAL for what is neither an object nor `null`, and for a name that is not known
 * @throws {RangeError} code EINVAL for a value that does not fit
 */
export function checkTlsOptions(value: unknown, name: string): TlsOptions | null {
  if (value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalidType('Option value must be an object', `${name} got ${typeof value}`);
  }
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  for (const [key, each] of entries) {
    if (!Object.hasOwn(KINDS, key)) {
      const known = Object.keys(KINDS).join(', ');
      throw invalidType('Invalid argument', `${name} has no "${key}": expected ${known}`);
    }
    const { what, fits } = KINDS[key as keyof TlsOptions];
    if (!fits(each)) throw invalidValue('Invalid argument', `${name}.${key} must be ${what}`);
  }
  const options: TlsOptions = Object.fromEntries(entries.map(([key, each]) => [key, copy(each)]));
  if (options.minVersion === 'TLSv1.3' && options.maxVersion === 'TLSv1.2') {
    throw invalidValue('Invalid argument', `${name}.minVersion is above ${name}.maxVersion`);
  }
  return Object.freeze(options);
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(copy));
  return value instanceof Uint8Array ? Uint8Array.prototype.slice.call(value) : value;
}
