import { describe, expect, test } from 'vitest';
import { Context, Dealer, poll, Pull, Push } from '../../../src/index.ts';
import { message } from '../../../src/testing/raw-bytes.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { own, watchProcess } from '../../support/watch.ts';
import { endpointOf, eventOf, open, texts } from './conversation.ts';

watchProcess();

/** Everything that is there now. */
async function receiveAll(socket: Pull | Dealer): Promise<string[]> {
  const messages: string[] = [];
  while (socket.readable) messages.push(texts(await socket.receive()).join('|'));
  return messages;
}

describe('conflate of a socket that receives', () => {
  test('keeps the last message of those that came', async () => {
    const pull = open(Pull, { conflate: true });
    await pull.bind('tcp://127.0.0.1:*');
    const peer = own(await RawPeer.connect(endpointOf(pull)));
    await peer.handshake({ as: 'PUSH' });
    for (const round of ['first', 'second']) {
      const messages = Array.from({ length: 100 }, (_, i) => message(round, `${i}`));
      await peer.write(Buffer.concat(messages));
      await poll([pull]);
      expect(await receiveAll(pull)).toEqual([`${round}|99`]);
    }
  });

  test('gives a receive that waits the first one', async () => {
    const pull = open(Pull, { conflate: true });
    await pull.bind('tcp://127.0.0.1:*');
    const peer = own(await RawPeer.connect(endpointOf(pull)));
    await peer.handshake({ as: 'PUSH' });
    const received = pull.receive();
    await peer.write(Buffer.concat(['a', 'b', 'c'].map((text) => message(text))));
    expect(texts(await received)).toEqual(['a']);
    expect(await receiveAll(pull)).toEqual(['c']);
  });

  test('keeps one message of each peer', async () => {
    const pull = open(Pull, { conflate: true });
    await pull.bind('tcp://127.0.0.1:*');
    const { events } = pull;
    for (const name of ['a', 'b']) {
      const peer = own(await RawPeer.connect(endpointOf(pull)));
      await peer.handshake({ as: 'PUSH' });
      await peer.write(Buffer.concat([message(`${name}1`), message(`${name}2`)]));
      // What has been read of it is known when it has gone.
      peer.end();
      await eventOf(events, 'disconnect');
    }
    expect((await receiveAll(pull)).toSorted()).toEqual(['a2', 'b2']);
  });

  test('does not hold the peer up, whatever the high-water mark', async () => {
    const pull = open(Pull, { conflate: true, receiveHighWaterMark: 1 });
    await pull.bind('tcp://127.0.0.1:*');
    const peer = own(await RawPeer.connect(endpointOf(pull)));
    await peer.handshake({ as: 'PUSH' });
    const { events } = pull;
    await peer.flood(message(Buffer.alloc(60_000)), 20_000_000);
    await peer.write(message('last'));
    peer.end();
    await eventOf(events, 'disconnect');
    expect(await receiveAll(pull)).toEqual(['last']);
  });
});

describe('conflate of a socket that sends', () => {
  test.each([
    ['PUSH', Push],
    ['DEALER', Dealer],
  ] as const)('a %s keeps the last message for who is not there', async (_name, Sender) => {
    const probe = open(Pull);
    await probe.bind('tcp://127.0.0.1:*');
    const endpoint = endpointOf(probe);
    await probe[Symbol.asyncDispose]();
    const sender = open<Push, object>(Sender, { conflate: true, sendHighWaterMark: 1 });
    sender.connect(endpoint);
    for (let i = 0; i < 10; i++) {
      expect(sender.writable).toBe(true);
      await sender.send(['number', `${i}`]);
    }
    const receiver = open<Pull, object>(Sender === Push ? Pull : Dealer);
    await receiver.bind(endpoint);
    expect(texts(await receiver.receive())).toEqual(['number', '9']);
    await sender.send('next');
    expect(texts(await receiver.receive())).toEqual(['next']);
  });
});

describe('conflate over inproc', () => {
  test('is that of the socket that connects, in both directions', async () => {
    const context = new Context();
    const bound = open(Dealer, { context });
    await bound.bind('inproc://name');
    const connected = open(Dealer, { context, conflate: true });
    connected.connect('inproc://name');
    for (let i = 0; i < 10; i++) {
      await connected.send(['there', `${i}`]);
      await bound.send(['back', `${i}`]);
    }
    expect([await receiveAll(bound), await receiveAll(connected)]).toEqual([
      ['there|9'],
      ['back|9'],
    ]);
  });

  test('keeps the last message of those before the name is bound', async () => {
    const context = new Context();
    const push = open(Push, { context, conflate: true });
    push.connect('inproc://late');
    for (const text of 'abc') await push.send(text);
    const pull = open(Pull, { context });
    await pull.bind('inproc://late');
    expect(await receiveAll(pull)).toEqual(['c']);
    for (const text of 'def') await push.send(text);
    expect(await receiveAll(pull)).toEqual(['f']);
  });

  test('the memory of small frames may be used again', async () => {
    const context = new Context();
    const pull = open(Pull, { context });
    await pull.bind('inproc://name');
    const push = open(Push, { context, conflate: true });
    push.connect('inproc://name');
    const frame = Buffer.from('a');
    await push.send(frame);
    frame.fill('b');
    expect(await receiveAll(pull)).toEqual(['a']);
  });
});

test('without conflate every message is kept', async () => {
  const context = new Context();
  const pull = open(Pull, { context });
  await pull.bind('inproc://name');
  const push = open(Push, { context, conflate: false });
  push.connect('inproc://name');
  for (const text of 'abc') await push.send(text);
  expect(await receiveAll(pull)).toEqual(['a', 'b', 'c']);
});
