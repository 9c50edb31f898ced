/**
 * One socket of ours and several libzmq peers: round robin over servers, fair queueing between clients.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { Reply, Request } from '../../src/index.ts';
import { watch } from '../support/peers/events.ts';
import { exchange } from '../support/peers/frames.ts';
import { digest, message, text } from '../support/peers/messages.ts';
import { Tap } from '../support/peers/tap.ts';
import { usePeer } from '../support/peers/use-peer.ts';

describe('several peers', () => {
  const pyzmq = usePeer('pyzmq');
  const zeromq = usePeer('zeromq');

  it('our REQ alternates between a pyzmq REP and a zeromq REP', async () => {
    await using first = await pyzmq().open('REP');
    await using second = await zeromq().open('REP');
    await using req = new Request({ linger: 0 });
    const events = watch(req);
    for (const server of [first, second]) {
      req.connect(await server.bind('tcp://127.0.0.1:*'));
      await events.next('handshake');
    }
    const messages = Array.from({ length: 10 }, (_, i) => [Buffer.from(`request ${i}`)]);
    const served = Promise.all([first.serve(5), second.serve(5)]);
    await exchange(req, messages);

    const [even, odd] = [0, 1].map((rest) => messages.filter((_, i) => i % 2 === rest).map(digest));
    const turns = (await served).map((result) => result.messages);
    // Which server has the first turn is not said; that they take turns is.
    const isFirstFirst = turns[0]?.[0]?.[0] === even?.[0]?.[0];
    expect(turns).toEqual(isFirstFirst ? [even, odd] : [odd, even]);
  });

  it('our REQ sends to the server that is left when the other one closes', async () => {
    await using first = await pyzmq().open('REP');
    await using second = await zeromq().open('REP');
    await using req = new Request({ linger: 0, immediate: true, reconnectInterval: 10 });
    const events = watch(req);
    for (const server of [first, second]) {
      req.connect(await server.bind('tcp://127.0.0.1:*'));
      await events.next('handshake');
    }
    const messages = Array.from({ length: 6 }, (_, i) => [Buffer.from(`request ${i}`)]);
    await first.close();
    await events.next('disconnect');
    const served = second.serve(6);
    await exchange(req, messages);
    expect((await served).messages).toEqual(messages.map(digest));
  });

  it('our REP answers each of many clients with its own messages', async () => {
    await using rep = new Reply({ linger: 0 });
    await rep.bind('tcp://127.0.0.1:*');
    const echoes = (async () => {
      for await (const request of rep) await rep.send(request);
    })();

    const clients = await Promise.all(
      [pyzmq(), zeromq()].flatMap((peer) => [
        peer.open('REQ'),
        peer.open('REQ'),
        peer.open('REQ'),
        peer.open('DEALER'),
      ]),
    );
    await Promise.all(
      clients.map(async (client, number) => {
        await client.connect(rep.lastEndpoint ?? '');
        const specs = Array.from({ length: 20 }, (_, i) => [
          text(`client ${number}`),
          text(`${i}`),
        ]);
        const { messages } = await client.exchange(specs);
        expect(messages).toEqual(specs.map(message).map(digest));
        await client.close();
      }),
    );
    rep.close();
    await echoes;
  });

  it('our REP takes turns between clients that have requests waiting', async () => {
    await using rep = new Reply({ linger: 0 });
    await rep.bind('tcp://127.0.0.1:*');
    await using blocker = await pyzmq().open('REQ');
    await blocker.connect(rep.lastEndpoint ?? '');
    await blocker.send([text('wait')]);
    await rep.receive();

    // While that one waits for its answer, the requests of two others come in, down to the last.
    await using firstTap = await Tap.open(rep.lastEndpoint ?? '');
    await using secondTap = await Tap.open(rep.lastEndpoint ?? '');
    await using first = await pyzmq().open('DEALER', { heartbeatInterval: 20 });
    await using second = await zeromq().open('DEALER', { heartbeatInterval: 20 });
    const clients = [
      { name: 'first', socket: first, tap: firstTap },
      { name: 'second', socket: second, tap: secondTap },
    ];
    const exchanges = clients.map(async ({ name, socket, tap }) => {
      await socket.connect(tap.endpoint);
      const numbers = Array.from({ length: 100 }, (_, i) => [text(name), text(`${i}`)]);
      return socket.exchange([...numbers, [text(name), text('last')]]);
    });
    for (const { tap } of clients) {
      await tap.heard('request', 'last', 1);
      // Our answer to a PING behind the last request says that we have read the request, too.
      await tap.heard('reply', 'PONG', tap.count('request', 'PING') + 1);
    }

    await rep.send('go on');
    const seen: string[] = [];
    while (seen.length < 202) {
      const request = await rep.receive();
      seen.push(String(request[0]));
      await rep.send(request);
    }
    await Promise.all(exchanges);
    // Whoever came first may be served once more before the turns begin; then the other one is alone at the end.
    const repeated = seen.filter((name, i) => name === seen[i - 1]);
    expect(repeated.length).toBeLessThanOrEqual(2);
  });
});
