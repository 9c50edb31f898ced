/**
 * From a socket's options to what its connections need for security: the mechanism of each, and whoever is asked about
 * peers. What is missing or does not fit together shows at `bind` and `connect`, not at the first peer.
 *
 * @module
 */
import { loadCurveBox, loadedCurveBox } from '../curve-loader.ts';
import { ZmtpError } from '../errors.ts';
import type { OptionValues } from '../option-types.ts';
import { publicKeyOf } from '../x25519.ts';
import type { CurveBox, KeyPair } from '../zmtp/mechanism/curve-box.ts';
import { CurveClient } from '../zmtp/mechanism/curve-client.ts';
import { CurveServer } from '../zmtp/mechanism/curve-server.ts';
import type {
  AuthenticationRequest,
  AuthenticationVerdict,
  MechanismFactory,
} from '../zmtp/mechanism/mechanism.ts';
import { NullMechanism } from '../zmtp/mechanism/null.ts';
import { PlainClient, PlainServer } from '../zmtp/mechanism/plain.ts';
import { Admission, type Asker } from './admission.ts';
import type { SocketSide } from './socket-side.ts';

/** What the connections of one `bind` or `connect` have in common. */
export type Security = {
  /** Makes the mechanism of a connection. */
  readonly mechanism: MechanismFactory;
  /** What must be there before a connection begins: `undefined` as soon as it is. */
  readonly loading: Promise<unknown> | undefined;
  /** Asks about a peer: see `Admission.ask`. */
  ask(
    request: AuthenticationRequest,
    peer: Asker,
    onVerdict: (verdict: AuthenticationVerdict) => void,
  ): () => void;
};

/**
 * Reads the options; with CURVE its cryptography begins to be loaded.
 *
 * @param options - as they are at `bind` or `connect`
 * @throws {ZmtpError} EINVAL when something is missing or does not fit, with `detail`
 */
export function planSecurity(side: SocketSide, options: OptionValues, address: string): Security {
  const { mechanism: name, isServer } = options.securityRole;
  if (side.kind === 'STREAM' && name !== 'NULL') {
    throw unfit(address, `a STREAM socket has no handshake, and so no ${name}`);
  }
  const mechanism = makeFactory(options, address);
  if (name === 'CURVE') void loadCurveBox().catch(() => {});
  return {
    mechanism,
    get loading() {
      return name === 'CURVE' && loadedCurveBox() === undefined ? loadCurveBox() : undefined;
    },
    ask: (request, peer, onVerdict) => side.admission.ask(options, request, peer, onVerdict),
  };

  function makeFactory(options: OptionValues, address: string): MechanismFactory {
    switch (name) {
      case 'NULL': {
        const asksVerdict = Admission.asksWithoutMechanism(options);
        return (metadata) => new NullMechanism(metadata, { asksVerdict });
      }
      case 'PLAIN': {
        if (isServer) {
          checkPlainServer(options, address);
          return (metadata) => new PlainServer(metadata, { asksVerdict: true });
        }
        const { plainUsername: username, plainPassword: password } = options;
        return (metadata) => new PlainClient(metadata, { username, password });
      }
      case 'CURVE': {
        const keys = readKeys(options, address);
        if (isServer) {
          return (metadata) => new CurveServer(metadata, new CurveParts(keys, options));
        }
        checkServerKey(options, address);
        return (metadata) => new CurveClient(metadata, new CurveParts(keys, options));
      }
      default: {
        const unreachable: never = name;
        return unreachable;
      }
    }
  }
}

/** What CURVE needs. The cryptography is there when the greetings have been exchanged, not before. */
class CurveParts {
  readonly keys: KeyPair;
  readonly serverKey: Uint8Array;
  readonly asksVerdict = true;

  constructor(keys: KeyPair, { curveServerKey }: OptionValues) {
    this.keys = keys;
    this.serverKey = curveServerKey;
  }

  get box(): CurveBox {
    return loadedCurveBox() as CurveBox;
  }
}

/** libzmq stops the whole process in this case. */
function checkPlainServer(options: OptionValues, address: string): void {
  const { zapEnforceDomain, zapDomain, authenticate } = options;
  if (!zapEnforceDomain || zapDomain.length > 0 || authenticate !== null) return;
  throw unfit(address, 'a server of PLAIN with zapEnforceDomain needs a zapDomain');
}

function readKeys(options: OptionValues, address: string): KeyPair {
  const { curvePublicKey, curveSecretKey: secretKey } = options;
  if (secretKey.length === 0) throw unfit(address, 'CURVE needs a curveSecretKey');
  const publicKey = publicKeyOf(secretKey);
  if (curvePublicKey.length > 0 && Buffer.compare(curvePublicKey, publicKey) !== 0) {
    throw unfit(address, 'curvePublicKey does not belong to curveSecretKey');
  }
  return { publicKey, secretKey };
}

function checkServerKey({ curveServerKey }: OptionValues, address: string): void {
  if (curveServerKey.length > 0) return;
  throw unfit(
    address,
    "a client of CURVE needs a curveServerKey, the server's public key; a server needs curveServer",
  );
}

function unfit(address: string, detail: string): ZmtpError {
  return new ZmtpError('EINVAL', { address, detail });
}
