/**
 * Keys of CURVE, from text to what a client is made of.
 *
 * @module
 */
import { curveKeyPair, curvePublicKey, loadCurveBox } from '../index.ts';
import { decodeZ85 } from '../protocol.ts';
import type { CurveKeys } from './hostile/wire.ts';

/**
 * What a client of CURVE needs, from keys as people write them.
 *
 * @param serverKey - the server's public key: 40 characters of Z85
 * @param secretKey - the client's secret key, likewise; a new one when absent
 * @throws {TypeError} EINVAL when a key is no Z85 of 32 bytes
 */
export async function curveKeys(
  serverKey: string,
  secretKey: string = curveKeyPair().secretKey,
): Promise<CurveKeys> {
  const [server, secret] = [decodeKey(serverKey), decodeKey(secretKey)];
  return {
    box: await loadCurveBox(),
    serverKey: server,
    client: { publicKey: decodeZ85(curvePublicKey(secretKey)), secretKey: secret },
  };
}

function decodeKey(text: string): Uint8Array {
  if (text.length === 40) return decodeZ85(text);
  const error = new TypeError('A key of CURVE has 40 characters of Z85');
  throw Object.assign(error, { code: 'EINVAL' });
}
