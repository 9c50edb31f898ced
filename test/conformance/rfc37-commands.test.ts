/**
 * 37/ZMTP, Commands: what happens to commands a REQ or REP has no use for once the handshake is over.
 *
 * Rows T46–T48.
 */

import { describe, expect, test } from 'vitest';
import {
  bytes,
  command,
  commandBody,
  errorCommand,
  frame,
  message,
  ping,
  pong,
  ready,
  repeat,
} from '../../src/testing/raw-bytes.ts';
import { expectFrames, expectViolation, SUBJECTS } from '../support/raw-subject.ts';
import { watchProcess } from '../support/watch.ts';

watchProcess();

describe.each(SUBJECTS)('commands in traffic, %s', (_name, create) => {
  const IGNORED: ReadonlyArray<[row: string, input: Buffer]> = [
    ['T46: an unknown command', bytes(4, 8, 7, 'UNKNOWN')],
    ['T46: an unknown command with data', command('UNKNOWN', repeat(1, 100))],
    ['T46: an unknown command in a long frame', frame(0x06, commandBody('UNKNOWN'))],
    ['a known name in lower case', command('ping', 0, 0)],
    ['SUBSCRIBE, which is for publishers', command('SUBSCRIBE', 'topic')],
    ['CANCEL, which is for publishers', command('CANCEL', 'topic')],
    ['JOIN, which is for radios', command('JOIN', 'group')],
    ['LEAVE, which is for radios', command('LEAVE', 'group')],
    ['a name of 200 bytes', command('N'.repeat(200))],
    [
      'names every object has',
      bytes(command('__proto__'), command('constructor'), command('toString')),
    ],
  ];

  test.each(IGNORED)('%s is ignored', async (_row, input) => {
    const subject = await create();
    const peer = await subject.join();
    // The PONG comes first: nothing was sent in response to the command itself.
    await peer.write(bytes(input, ping(0, 'after')));
    await peer.expect(pong('after'));
    expectFrames(await subject.deliver(peer, message('', 'hello')), 'hello');
  });

  const BROKEN: ReadonlyArray<[row: string, input: Buffer]> = [
    ['T47: an empty command body', bytes(4, 0)],
    ['T47: a name longer than the body', bytes(4, 2, 0xff, 'A')],
    ['T47: an empty body in a long frame', frame(0x06, '')],
    ['a name one byte longer than the body', bytes(4, 5, 5, 'PING')],
  ];

  test.each(BROKEN)('%s closes', async (_row, input) => {
    const subject = await create();
    await expectViolation(subject, async (peer) => {
      await peer.handshake({ as: subject.accepts[0] });
      await peer.write(input);
    });
  });

  const REPEATED: ReadonlyArray<[row: string, input: (type: string) => Buffer]> = [
    ['T48: a second READY', (type) => ready(type)],
    ['T48: a second READY of another type', () => ready('PULL')],
    ['an ERROR', () => errorCommand('400')],
    ['a command whose name is empty, which the grammar forbids', () => command('', 'data')],
  ];

  test.each(REPEATED)('%s is ignored or closes, and harms nobody', async (_row, input) => {
    const subject = await create();
    await subject.serveOther();
    const peer = await subject.join();
    await peer.write(bytes(input(subject.accepts[0]), ping(0, 'after')));
    const outcome = await Promise.race([
      peer.whenClosed(),
      peer.expect(pong('after')).then(
        () => 'open',
        () => 'closed',
      ),
    ]);
    if (outcome !== 'open') {
      expect(await subject.reasonFor(peer)).not.toBe('');
    } else if (subject.type === 'REQ') {
      // Leaves only the good peer for the next request.
      peer.reset();
      await subject.events.find('disconnect', ({ type }) => type === 'disconnect');
    }
    await subject.serveOther();
  });
});
