/**
 * The socket types of the older API: who gets what, and in which frames.
 *
 * @module
 */
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { own, watchProcess } from '../support/watch.ts';
import { bound, IMPLEMENTATIONS, open, pair, record } from './modules.ts';

watchProcess();

describe.each(IMPLEMENTATIONS)('$name', ({ zmq }) => {
  it('makes sockets that are event emitters', () => {
    for (const socket of [zmq.socket('req'), zmq.createSocket('req'), new zmq.Socket('req')]) {
      own(socket);
      expect(socket).toBeInstanceOf(zmq.Socket);
      expect(socket).toBeInstanceOf(EventEmitter);
      expect(socket.type).toBe('req');
      expect(socket.closed).toBe(false);
    }
    expect(zmq.socket).toBe(zmq.createSocket);
  });

  it('refuses unknown types', () => {
    const make = zmq.socket as (type: unknown) => unknown;
    expect(() => make('bogus')).toThrow('Invalid socket type: bogus');
    expect(() => make('toString')).toThrow('Invalid socket type: toString');
    expect(() => make(undefined)).toThrow('Invalid socket type: undefined');
  });

  it('req and rep take turns', async () => {
    const [rep, req] = await pair(zmq, 'rep', 'req');
    rep.on('message', (...frames: Buffer[]) => rep.send(['re', ...frames]));
    const log = record(req);
    req.send('hello');
    expect(await log.message()).toEqual(['re', 'hello']);
    req.send(['two', 'frames']);
    expect(await log.message()).toEqual(['re', 'two', 'frames']);
  });

  it('emits each frame as a Buffer of its own', async () => {
    const [pull, push] = await pair(zmq, 'pull', 'push');
    const log = record(pull);
    push.send(['text', Buffer.from([1, 2]), '', new Uint8Array([3]), null, 4]);
    const args = await log.next('message');
    expect(args).toHaveLength(6);
    expect(args.every((frame) => Buffer.isBuffer(frame))).toBe(true);
    expect(args.map((frame) => (frame as Buffer).toString('latin1'))).toEqual([
      'text',
      '\u0001\u0002',
      '',
      '\u0003',
      '',
      '4',
    ]);
  });

  it('push gives to pull in order', async () => {
    const [pull, push] = await pair(zmq, 'pull', 'push');
    const log = record(pull);
    const texts = Array.from({ length: 2000 }, (_, i) => `message ${i}`);
    for (const text of texts) push.send(text);
    for (const text of texts) expect(await log.message()).toEqual([text]);
  });

  it('pub reaches sub by prefix', async () => {
    const xpub = open(zmq, 'xpub');
    const sub = open(zmq, 'sub');
    const log = record(sub);
    const subscriptions = record(xpub);
    sub.connect(await bound(xpub));
    expect(sub.subscribe('news.')).toBe(sub);
    expect(await subscriptions.message()).toEqual(['\u0001news.']);
    xpub.send('sport.no');
    xpub.send(['news.yes', 'body']);
    expect(await log.message()).toEqual(['news.yes', 'body']);

    expect(sub.unsubscribe('news.')).toBe(sub);
    expect(await subscriptions.message()).toEqual(['\u0000news.']);
  });

  it('pub sends to the sub that is there', async () => {
    const [pub, sub] = await pair(zmq, 'pub', 'sub');
    sub.subscribe('');
    const log = record(sub);
    // Nobody tells a pub when its sub has come: it says it again until it is heard.
    const speak = setInterval(() => pub.send('hear'), 5);
    try {
      expect(await log.message()).toEqual(['hear']);
    } finally {
      clearInterval(speak);
    }
  });

  it('subscribes by option number, option name and property too', async () => {
    const [xpub, sub] = await pair(zmq, 'xpub', 'sub');
    const subscriptions = record(xpub);
    sub.setsockopt(zmq.ZMQ_SUBSCRIBE, 'a');
    sub.setsockopt('_subscribe', 'b');
    sub['_subscribe'] = 'c';
    for (const text of ['\u0001a', '\u0001b', '\u0001c']) {
      expect(await subscriptions.message()).toEqual([text]);
    }
    sub['_unsubscribe'] = 'b';
    expect(await subscriptions.message()).toEqual(['\u0000b']);
  });

  it('only sub can subscribe', () => {
    for (const type of ['req', 'pull', 'xsub'] as const) {
      const socket = open(zmq, type);
      expect(() => socket.subscribe('a')).toThrow('Subscriber socket required');
      expect(() => socket.unsubscribe('a')).toThrow('Subscriber socket required');
    }
  });

  it.each([
    ['dealer', 'router'],
    ['xreq', 'xrep'],
  ] as const)('%s talks to %s by its identity', async (client, server) => {
    const router = open(zmq, server);
    const dealer = open(zmq, client, { identity: 'me' });
    dealer.connect(await bound(router));
    const requests = record(router);
    const replies = record(dealer);
    dealer.send(['', 'ask']);
    expect(await requests.message()).toEqual(['me', '', 'ask']);
    router.send(['me', '', 'answer']);
    expect(await replies.message()).toEqual(['', 'answer']);
  });

  it('xsub subscribes by message', async () => {
    const [xpub, xsub] = await pair(zmq, 'xpub', 'xsub');
    const subscriptions = record(xpub);
    const log = record(xsub);
    xsub.send(Buffer.from('\u0001topic'));
    expect(await subscriptions.message()).toEqual(['\u0001topic']);
    xpub.send('topic and more');
    expect(await log.message()).toEqual(['topic and more']);
  });

  it('pair talks both ways', async () => {
    const [one, two] = await pair(zmq, 'pair', 'pair');
    const first = record(one);
    const second = record(two);
    two.send('to one');
    expect(await first.message()).toEqual(['to one']);
    one.send('to two');
    expect(await second.message()).toEqual(['to two']);
  });

  it('stream speaks to a plain TCP peer', async () => {
    const stream = open(zmq, 'stream');
    const endpoint = new URL(await bound(stream));
    const log = record(stream);
    const peer = connect({ host: endpoint.hostname, port: Number(endpoint.port) });
    try {
      await once(peer, 'connect');
      const opened = await log.next('message');
      expect(String(opened[1])).toBe('');
      peer.write('hello');
      const heard = await log.next('message');
      expect(heard[0]).toEqual(opened[0]);
      expect(String(heard[1])).toBe('hello');
      const answer = once(peer, 'data');
      stream.send([heard[0] as Buffer, 'hi']);
      expect(String((await answer)[0])).toBe('hi');
    } finally {
      peer.destroy();
    }
  });
});
