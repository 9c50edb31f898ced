/**
 * When the cryptography of CURVE is loaded: once in a thread, so this has a file to itself.
 *
 * @module
 */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { loadedCurveBox } from '../../../src/curve-loader.ts';
import { curveKeyPair, type Dealer, Reply, Request } from '../../../src/index.ts';
import { own, watchProcess } from '../../support/watch.ts';

watchProcess();

type Options = ConstructorParameters<typeof Dealer>[0];

/** A server and a client are made in one go, and talk. */
async function converse(server: Options, client: Options): Promise<void> {
  const reply = own(new Reply({ linger: 0, ...server }));
  const request = own(new Request({ linger: 0, ...client }));
  reply.bindSync('tcp://127.0.0.1:*');
  request.connect(reply.lastEndpoint ?? '');
  const answer = request.request('hello', { timeout: 5000 });
  await reply.receive();
  await reply.send('there');
  expect(String(await answer)).toBe('there');
}

test('it is loaded when CURVE is used, and a connection waits for it', async () => {
  const { publicKey, secretKey } = curveKeyPair();
  await converse({}, {});
  await converse({ plainServer: true, authenticate: () => true }, { plainUsername: 'me' });
  const idle = own(new Reply({ curveServer: true, curveSecretKey: secretKey }));
  expect(idle.securityMechanism).toBe('curve');
  expect(loadedCurveBox()).toBeUndefined();

  // Closed while its first connection waits.
  const brief = new Reply({ curveServer: true, curveSecretKey: secretKey });
  const { events } = brief;
  brief.bindSync('tcp://127.0.0.1:*');
  connect(Number(brief.lastEndpoint?.split(':').pop()), '127.0.0.1').on('error', () => {});
  while ((await events.receive()).type !== 'accept');
  await brief[Symbol.asyncDispose]();

  const client = { curveServerKey: publicKey, curveSecretKey: curveKeyPair().secretKey };
  await converse({ curveServer: true, curveSecretKey: secretKey }, client);
  expect(loadedCurveBox()).toBeDefined();
});
