/**
 * The types of security, as programs use them. Only compiled, never run: what it says is that it compiles with the types
 * of zeromq and with ours.
 *
 * @module
 */
import {
  type Dealer,
  type Event,
  type Socket,
  type SocketOptions,
  capability,
  curveKeyPair,
} from 'zeromq';
import * as v5 from 'zeromq/v5-compat.js';

export const securityOptions: SocketOptions<Socket> = {
  plainServer: true,
  plainUsername: 'user',
  plainPassword: null,
  curveServer: true,
  curvePublicKey: 'key',
  curveSecretKey: 'key',
  curveServerKey: null,
  zapDomain: 'domain',
  zapEnforceDomain: true,
};
export function settings(socket: Dealer): void {
  socket.plainUsername = null;
}
export function mechanismOf(socket: Socket): 'plain' | 'curve' | 'gssapi' | null {
  return socket.securityMechanism;
}
export function isZapFault(event: Event): boolean {
  return event.type === 'handshake:error:protocol' && event.error.code.startsWith('ERR_ZAP_');
}
export const isZapCode = (event: Event): boolean =>
  event.type === 'handshake:error:protocol' && event.error.code === 'ERR_ZAP_BAD_VERSION';

export const { publicKey, secretKey }: { publicKey: string; secretKey: string } = curveKeyPair();
export const capabilities: (boolean | undefined)[] = [capability.curve, capability.gssapi];
export const keys: { public: string; secret: string } = v5.curveKeypair();
export const NUMBERS: number[] = [
  v5.ZMQ_PLAIN_SERVER,
  v5.ZMQ_PLAIN_USERNAME,
  v5.ZMQ_PLAIN_PASSWORD,
  v5.ZMQ_CURVE_SERVER,
  v5.ZMQ_CURVE_PUBLICKEY,
  v5.ZMQ_CURVE_SECRETKEY,
  v5.ZMQ_CURVE_SERVERKEY,
  v5.ZMQ_ZAP_DOMAIN,
];
