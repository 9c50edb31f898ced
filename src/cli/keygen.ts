/**
 * `zmtp keygen`: a pair of keys for CURVE.
 *
 * @module
 */
import { curveKeyPair } from '../index.ts';
import { type Command, defineCommand } from './command.ts';
import { EXIT } from './exit.ts';

export const keygen: Command = defineCommand({
  usage: '[options]',
  about: 'Makes a pair of keys for CURVE, in Z85 (40 characters each).',
  options: { json: { type: 'flag', about: 'one line of JSON' } },
  examples: ['zmtp keygen', 'zmtp keygen --json > server.json'],
  least: 0,
  most: 0,
  run: (_args, { json }) => {
    const { publicKey, secretKey } = curveKeyPair();
    console.log(
      json ? JSON.stringify({ publicKey, secretKey }) : `public ${publicKey}\nsecret ${secretKey}`,
    );
    return Promise.resolve(EXIT.done);
  },
});
