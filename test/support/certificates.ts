/**
 * Certificates for tests, made anew in each process.
 *
 * @module
 */
import { generate } from 'selfsigned';

/** A key and its certificate, PEM. */
export type Identity = { readonly key: string; readonly cert: string };

const DAY = 86_400_000;
const common = { keyType: 'ec', algorithm: 'sha256' } as const;

export async function makeAuthority(name: string): Promise<Identity> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true },
    ],
  });
  return { key, cert };
}

/** What `authority` says is `name`, a host name or an address. */
export async function issue(
  authority: Identity,
  name: string,
  { isExpired = false, passphrase }: { isExpired?: boolean; passphrase?: string } = {},
): Promise<Identity> {
  const isAddress = /^[\d.]+$|:/.test(name);
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    ...common,
    ca: authority,
    ...(passphrase !== undefined && { passphrase }),
    notBeforeDate: new Date(Date.now() - 2 * DAY),
    notAfterDate: new Date(Date.now() + (isExpired ? -DAY : DAY)),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: [isAddress ? { type: 7, ip: name } : { type: 2, value: name }],
      },
    ],
  });
  return { key, cert };
}
