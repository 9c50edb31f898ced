/**
 * With which mechanism to come.
 *
 * @module
 */
import { CurveClient, type MechanismFactory, PlainClient } from '../../protocol.ts';
import { curveKeys } from '../../testing/curve-keys.ts';
import { type CredentialValues, readCredentials } from '../credentials.ts';

export type Security = {
  readonly name: 'NULL' | 'PLAIN' | 'CURVE';
  /** NULL when absent. */
  readonly mechanism?: MechanismFactory;
};

/** What to give a peer that wants a mechanism. */
export const ADVICE: Readonly<Record<string, string>> = {
  NULL: 'no credentials',
  PLAIN: '--plain-username and --plain-password',
  CURVE: '--curve-server-key',
};

/** @throws {UsageError} for credentials that make no sense */
export async function readSecurity(options: CredentialValues): Promise<Security> {
  const given = readCredentials(options);
  switch (given.mechanism) {
    case 'NULL':
      return { name: 'NULL' };
    case 'PLAIN': {
      const [username, password] = [Buffer.from(given.username), Buffer.from(given.password)];
      const mechanism: MechanismFactory = (metadata) =>
        new PlainClient(metadata, { username, password });
      return { name: 'PLAIN', mechanism };
    }
    case 'CURVE': {
      const { box, client: keys, serverKey } = await curveKeys(given.serverKey, given.secretKey);
      const mechanism: MechanismFactory = (metadata) =>
        new CurveClient(metadata, { box, keys, serverKey });
      return { name: 'CURVE', mechanism };
    }
    default: {
      const unreachable: never = given;
      return unreachable;
    }
  }
}
