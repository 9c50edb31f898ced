/**
 * What connections need whose peers have to say who they are: the mechanisms that do more than NULL, and whoever asks
 * about peers. `security.ts` loads it when a socket is configured so; nobody else pays for it.
 *
 * @module
 */
import { loadCurveBox, loadedCurveBox } from '../curve-loader.ts';
import type { InprocRegistry } from '../transport/inproc.ts';
import type { CurveBox, KeyPair } from '../zmtp/mechanism/curve-box.ts';
import { CurveClient } from '../zmtp/mechanism/curve-client.ts';
import { CurveServer } from '../zmtp/mechanism/curve-server.ts';
import type { Mechanism } from '../zmtp/mechanism/mechanism.ts';
import { PlainClient, PlainServer } from '../zmtp/mechanism/plain.ts';
import type { Metadata } from '../zmtp/metadata.ts';
import { Admission } from './admission.ts';
import type { InprocPeer } from './inproc-link.ts';

/** What a mechanism is made of, for each of those that are made here. */
export type MechanismTerms =
  | { readonly name: 'PLAIN'; readonly isServer: true }
  | {
      readonly name: 'PLAIN';
      readonly isServer: false;
      readonly username: Uint8Array;
      readonly password: Uint8Array;
    }
  | { readonly name: 'CURVE'; readonly isServer: true; readonly keys: KeyPair }
  | {
      readonly name: 'CURVE';
      readonly isServer: false;
      readonly keys: KeyPair;
      readonly serverKey: Uint8Array;
    };

/** Loads what CURVE needs besides: its cryptography. */
export async function loadCurve(): Promise<void> {
  await loadCurveBox();
}

/** Makes the mechanism of one connection; for CURVE when `loadCurve` is done. */
export function makeMechanism(terms: MechanismTerms, metadata: Metadata): Mechanism {
  switch (terms.name) {
    case 'PLAIN':
      return terms.isServer
        ? new PlainServer(metadata, { asksVerdict: true })
        : new PlainClient(metadata, terms);
    case 'CURVE': {
      const box = loadedCurveBox() as CurveBox;
      return terms.isServer
        ? new CurveServer(metadata, { box, keys: terms.keys, asksVerdict: true })
        : new CurveClient(metadata, { box, keys: terms.keys, serverKey: terms.serverKey });
    }
    default: {
      const unreachable: never = terms;
      return unreachable;
    }
  }
}

/** Makes whoever asks about the peers of one socket. */
export function makeAdmission(inproc: InprocRegistry<InprocPeer>): Admission {
  return new Admission(inproc);
}
