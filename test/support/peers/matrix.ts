/**
 * The interop matrix: pairing × who binds × who comes first × message, against one kind of peer over one transport.
 *
 * @module
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Reply, Request } from '../../../src/index.ts';
import { freePort, IpcDirectory, type Transport } from './endpoints.ts';
import { watch, within } from './events.ts';
import { exchange, serve } from './frames.ts';
import { bytes, digest, type MessageSpec, message, text } from './messages.ts';
import {
  type Peer,
  type PeerKind,
  type PeerSocket,
  type PeerSocketType,
  startPeer,
} from './peer.ts';

const PAIRINGS: readonly { ours: 'REQ' | 'REP'; theirs: PeerSocketType }[] = [
  { ours: 'REQ', theirs: 'REP' },
  { ours: 'REQ', theirs: 'ROUTER' },
  { ours: 'REP', theirs: 'REQ' },
  { ours: 'REP', theirs: 'DEALER' },
];

const BINDERS = ['we bind', 'they bind'] as const;
const ORDERS = ['binding first', 'connecting first'] as const;

const SINGLE_CASES: readonly { name: string; messages: readonly MessageSpec[] }[] = [
  { name: 'an empty message', messages: [[bytes(0)]] },
  { name: 'a message of 1 frame', messages: [[text('Hello')]] },
  {
    name: 'a message of 100 frames',
    messages: [Array.from({ length: 100 }, (_, i) => bytes(i * 3))],
  },
  {
    name: '0-byte frames inside, before and behind others',
    messages: [
      [text('a'), bytes(0), text('b')],
      [bytes(0), text('a')],
      [text('a'), bytes(0)],
      [bytes(0), bytes(0), bytes(0)],
    ],
  },
  {
    name: 'frames of 255 and 256 bytes',
    messages: [
      [bytes(255)],
      [bytes(256)],
      [bytes(255, 1), bytes(256, 2), bytes(256, 3), bytes(255, 4)],
    ],
  },
  { name: 'a frame of 16 MiB', messages: [[bytes(16 * 1024 * 1024, 5)]] },
];

const CASES = [
  ...SINGLE_CASES,
  { name: 'all of these in sequence', messages: SINGLE_CASES.flatMap(({ messages }) => messages) },
].map(({ name, messages }) => {
  const frames = messages.map(message);
  return { name, messages, frames, digests: frames.map(digest) };
});

// The side that connects first finds nobody and tries again; this keeps the waiting short.
const OPTIONS = { reconnectInterval: 10, linger: 0 };

/** Registers the tests of the matrix for one kind of peer and one transport. */
export function describeMatrix(kind: PeerKind, transport: Transport): void {
  let peer: Peer;
  let directory: IpcDirectory;

  beforeAll(async () => {
    directory = new IpcDirectory();
    peer = await startPeer(kind);
  });

  afterAll(async () => {
    await peer?.[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  const anyEndpoint = (): string => (transport === 'ipc' ? directory.next() : 'tcp://127.0.0.1:*');
  const knownEndpoint = async (): Promise<string> =>
    transport === 'ipc' ? directory.next() : `tcp://127.0.0.1:${await freePort()}`;

  for (const { ours, theirs } of PAIRINGS) {
    for (const binder of BINDERS) {
      for (const order of ORDERS) {
        describe(`our ${ours} and their ${theirs}, ${binder}, ${order}`, () => {
          it.each(CASES)('exchange $name', async ({ messages, frames, digests }) => {
            const weBind = binder === 'we bind';
            const oursFirst = order === 'connecting first' && !weBind;
            const theirsFirst = order === 'connecting first' && weBind;
            const socket = ours === 'REQ' ? new Request(OPTIONS) : new Reply(OPTIONS);
            const events = oursFirst ? watch(socket) : undefined;
            const remote = await peer.open(theirs, OPTIONS, { monitor: theirsFirst });

            const talk = async (): Promise<void> => {
              const here =
                socket instanceof Request ? exchange(socket, frames) : serve(socket, frames);
              const there =
                ours === 'REQ' ? remote.serve(frames.length) : remote.exchange(messages);
              const [, result] = await within(8000, 'the exchange', Promise.all([here, there]));
              expect(result.messages).toEqual(digests);
            };

            try {
              if (order === 'binding first') {
                await connect(
                  socket,
                  remote,
                  weBind,
                  await bind(socket, remote, weBind, anyEndpoint()),
                );
                await talk();
              } else {
                const endpoint = await knownEndpoint();
                await connect(socket, remote, weBind, endpoint);
                // The first messages are under way before there is anybody to take them.
                const talking = talk();
                talking.catch(() => {});
                await (oursFirst
                  ? events?.next('connect:retry')
                  : remote.events.next('connect:retry'));
                await bind(socket, remote, weBind, endpoint);
                await talking;
              }
            } finally {
              socket.close();
              await remote.close();
            }
          });
        });
      }
    }
  }
}

async function bind(
  socket: Request | Reply,
  remote: PeerSocket,
  weBind: boolean,
  endpoint: string,
): Promise<string> {
  if (!weBind) return remote.bind(endpoint);
  await socket.bind(endpoint);
  expect(socket.lastEndpoint).not.toContain('*');
  return socket.lastEndpoint ?? '';
}

async function connect(
  socket: Request | Reply,
  remote: PeerSocket,
  weBind: boolean,
  endpoint: string,
): Promise<void> {
  if (weBind) await remote.connect(endpoint);
  else socket.connect(endpoint);
}
