/**
 * From a socket's options to what its connections need for security: the mechanism of each, and whoever is asked about
 * peers. What is missing or does not fit together shows at `bind` and `connect`, not at the first peer.
 *
 * @module
 */
import { ZmtpError } from '../errors.ts';
import { Lazy } from '../lazy.ts';
import type { OptionValues, SocketKind } from '../option-types.ts';
import type { InprocRegistry } from '../transport/inproc.ts';
import { publicKeyOf } from '../x25519.ts';
import type { KeyPair } from '../zmtp/mechanism/curve-box.ts';
import type {
  AuthenticationRequest,
  AuthenticationVerdict,
  Mechanism,
  MechanismFactory,
  MechanismStep,
} from '../zmtp/mechanism/mechanism.ts';
import { NullMechanism } from '../zmtp/mechanism/null.ts';
import type { Metadata } from '../zmtp/metadata.ts';
import type { Admission, Asker } from './admission.ts';
import type { InprocPeer } from './inproc-link.ts';
import type * as Secured from './secured.ts';

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

const secured = new Lazy(() => import('./secured.ts'));
const securedByCurve = new Lazy(async () => {
  const module = await secured.load();
  await module.loadCurve();
  return module;
});
const NEEDED = { PLAIN: secured, CURVE: securedByCurve } as const;

/** The security of one socket. */
export class SocketSecurity {
  readonly #kind: SocketKind;
  readonly #inproc: InprocRegistry<InprocPeer>;
  #admission: Admission | undefined;

  constructor(kind: SocketKind, inproc: InprocRegistry<InprocPeer>) {
    this.#kind = kind;
    this.#inproc = inproc;
  }

  /**
   * Reads the options; what they need begins to be loaded.
   *
   * @param options - as they are at `bind` or `connect`
   * @throws {ZmtpError} EINVAL when something is missing or does not fit, with `detail`
   */
  plan(options: OptionValues, address: string): Security {
    const { mechanism: name } = options.securityRole;
    if (this.#kind === 'STREAM' && name !== 'NULL') {
      throw unfit(address, `a STREAM socket has no handshake, and so no ${name}`);
    }
    const asksVerdict = asksWithoutMechanism(options);
    if (this.#kind === 'STREAM' && asksVerdict) {
      const detail = 'a STREAM socket has no handshake, and so asks nobody who may come in';
      throw unfit(address, `${detail}: authenticate and zapDomain are not for it`);
    }
    const terms = readTerms(options, address);
    const needed = terms === undefined ? asksVerdict && secured : NEEDED[terms.name];
    // Who waits for it hears of what fails.
    if (needed) needed.load().catch(() => {});
    return {
      mechanism: (metadata) =>
        terms === undefined
          ? new NullMechanism(metadata, { asksVerdict })
          : new LaterMechanism(terms, metadata),
      get loading() {
        return needed && needed.value === undefined ? needed.load() : undefined;
      },
      ask: (request, peer, onVerdict) => {
        this.#admission ??= loaded().makeAdmission(this.#inproc);
        return this.#admission.ask(options, request, peer, onVerdict);
      },
    };
  }
}

/** What a connection has waited for before it began. */
function loaded(): typeof Secured {
  return secured.value as typeof Secured;
}

/** Whether peers without a mechanism are asked about. */
function asksWithoutMechanism({ authenticate, zapDomain }: OptionValues): boolean {
  return authenticate !== null || zapDomain.length > 0;
}

/** A mechanism that may still have to be loaded when its connection is made, and is there when that begins. */
class LaterMechanism implements Mechanism {
  readonly name: string;
  readonly isServer: boolean;
  readonly #terms: Secured.MechanismTerms;
  readonly #metadata: Metadata;
  #made: Mechanism | undefined;

  constructor(terms: Secured.MechanismTerms, metadata: Metadata) {
    this.name = terms.name;
    this.isServer = terms.isServer;
    this.#terms = terms;
    this.#metadata = metadata;
  }

  get hint(): string | undefined {
    return this.#made?.hint;
  }

  start(): MechanismStep {
    this.#made = loaded().makeMechanism(this.#terms, this.#metadata);
    return this.#made.start();
  }

  receive(body: Uint8Array): MechanismStep {
    return (this.#made as Mechanism).receive(body);
  }

  accept(): MechanismStep {
    return (this.#made as Mechanism).accept();
  }

  wipe(): void {
    this.#made?.wipe();
  }
}

/** What the mechanism is made of; `undefined` for NULL. */
function readTerms(options: OptionValues, address: string): Secured.MechanismTerms | undefined {
  const { mechanism: name, isServer } = options.securityRole;
  switch (name) {
    case 'NULL':
      return undefined;
    case 'PLAIN': {
      if (!isServer) {
        const { plainUsername: username, plainPassword: password } = options;
        return { name, isServer, username, password };
      }
      checkPlainServer(options, address);
      return { name, isServer };
    }
    case 'CURVE': {
      const keys = readKeys(options, address);
      if (isServer) return { name, isServer, keys };
      checkServerKey(options, address);
      return { name, isServer, keys, serverKey: options.curveServerKey };
    }
    default: {
      const unreachable: never = name;
      return unreachable;
    }
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
