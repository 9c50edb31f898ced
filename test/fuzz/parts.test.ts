/**
 * The parts of the fuzzer that can be looked at without a subject.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Connection } from '../../src/zmtp/connection.ts';
import type { SocketType } from '../../src/zmtp/socket-type.ts';
import { command, frame, greeting, ready } from '../../src/testing/raw-bytes.ts';
import { sessions } from '../../src/testing/hostile/sessions.ts';
import { mustClose } from '../../src/testing/fuzz/oracle/must-close.ts';
import {
  change,
  cut,
  type Session,
  type Step,
  type Target,
} from '../../src/testing/hostile/session.ts';
import { shrink } from '../../src/testing/hostile/shrink.ts';

const REP: Target = { type: 'REP', mechanism: 'NULL' };

/** What a session sends without having to wait for anything. */
function bytesOf({ steps }: Session): Buffer {
  const parts: Uint8Array[] = [];
  for (const step of steps) {
    if (step.do !== 'send' || step.content.kind !== 'bytes') continue;
    const { hex, times = 1 } = step.content;
    const bytes = Buffer.from(hex.repeat(times), 'hex');
    parts.push(change(bytes, step.changes ?? []));
  }
  return Buffer.concat(parts);
}

describe('what must close', () => {
  test.each([
    ['GET / HTTP/1.1', Buffer.from('GET /')],
    ['byte 9', greeting({ signatureEnd: 0x7e })],
    ['ZMTP 2.0', greeting({ major: 1 })],
    ['another mechanism', greeting({ mechanism: 'PLAIN' })],
    ['a message before READY', Buffer.concat([greeting(), frame(0, 'x')])],
    ['reserved flags', Buffer.concat([greeting(), ready('REQ'), frame(0x08, 'x')])],
    ['a command with MORE', Buffer.concat([greeting(), ready('REQ'), frame(0x05, 'x')])],
    ['an empty command', Buffer.concat([greeting(), ready('REQ'), frame(0x04, '')])],
    ['a short PING', Buffer.concat([greeting(), ready('REQ'), command('PING', 0)])],
  ])('%s', (_what, bytes) => {
    expect(mustClose(REP, bytes)).toBeDefined();
  });

  test('a good session need not, nor the beginning of one', () => {
    const good = Buffer.concat([greeting(), ready('REQ'), frame(0x01, ''), frame(0, 'x')]);
    for (let size = 0; size <= good.length; size++) {
      expect(mustClose(REP, good.subarray(0, size))).toBeUndefined();
    }
  });

  test('whatever it accuses, the codec refuses too', () => {
    let accusations = 0;
    fc.assert(
      fc.property(
        fc
          .constantFrom<SocketType>('REP', 'PULL', 'XPUB', 'PAIR')
          .chain((type) =>
            sessions({ type, mechanism: 'NULL' }).map((session) => ({ type, session })),
          ),
        ({ type, session }) => {
          const bytes = bytesOf(session);
          if (mustClose({ type, mechanism: 'NULL' }, bytes) === undefined) return;
          accusations += 1;
          const connection = new Connection({ socketType: type, sink: { message: () => true } }, 0);
          connection.handleInput(bytes, 0);
          while (connection.nextEvent() !== undefined);
          expect(connection.state).toBe('closed');
        },
      ),
      { numRuns: 300 },
    );
    expect(accusations).toBeGreaterThan(20);
  });
});

describe('bytes', () => {
  test('changes are applied in order, wherever they point', () => {
    const changes = [
      { op: 'set', at: 0, value: 9 },
      { op: 'flip', at: 0.5, value: 0 },
      { op: 'insert', at: 0, value: 7 },
      { op: 'remove', at: 0.99, value: 0 },
      { op: 'cut', at: 0.9, value: 0 },
    ] as const;
    expect([...change(Uint8Array.of(1, 2, 3, 4), changes)]).toEqual([7, 9, 2]);
    expect([...change(new Uint8Array(0), [{ op: 'cut', at: 0, value: 0 }])]).toEqual([]);
  });

  test('pieces together are the whole', () => {
    const whole = Uint8Array.from({ length: 50 }, (_, i) => i);
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(shares, (places) => {
        expect(Buffer.concat(cut(whole, places)).equals(whole)).toBe(true);
      }),
    );
  });
});

test('what is found is made small: other sessions, steps, changes and cuts go', async () => {
  const send = (note: string, more: object = {}): Step => ({
    do: 'send',
    note,
    content: { kind: 'bytes', hex: '00', times: 64 },
    ...more,
  });
  const noise: Session = {
    kind: 'noise',
    steps: [send('a'), { do: 'turns', count: 3 }, send('b')],
  };
  const guilty: Session = {
    kind: 'guilty',
    steps: [
      send('a'),
      send('one', { cuts: [0.5], isHeld: true }),
      send('b'),
      send('two'),
      { do: 'end' },
    ],
  };
  let attempts = 0;
  const isFound = (all: readonly Session[]): Promise<boolean> => {
    attempts += 1;
    const notes = all.map(({ steps }) =>
      steps.map((step) => (step.do === 'send' ? step.note : '')).join(),
    );
    return Promise.resolve(notes.some((text) => /one.*two/.test(text)));
  };
  const smallest = await shrink([noise, noise, guilty, noise], isFound, () => false);
  const once = { kind: 'bytes', hex: '00' };
  expect(smallest).toEqual([
    {
      kind: 'guilty',
      steps: [
        { do: 'send', note: 'one', content: once },
        { do: 'send', note: 'two', content: once },
      ],
    },
  ]);
  expect(attempts).toBeLessThan(60);
});
