/**
 * Options that are assigned while a call waits: it goes on when they let it.
 */
import { expect, test } from 'vitest';
import { Context, Dealer, Pair, Publisher, Push, Router, Subscriber } from '../../../src/index.ts';
import { coreOf } from '../../../src/sockets/core-of.ts';
import { turn } from '../../../src/testing/turn.ts';
import { watchProcess } from '../../support/watch.ts';
import { converse, errorOf, open, stateOf } from './conversation.ts';

watchProcess();

const MARKS = { sendHighWaterMark: 1, receiveHighWaterMark: 1 };

test('noDrop', async () => {
  const context = new Context();
  const pub = open(Publisher, { context, noDrop: true, sendHighWaterMark: 1 });
  await pub.bind('inproc://news');
  const sub = open(Subscriber, { context, receiveHighWaterMark: 1 });
  sub.subscribe();
  sub.connect('inproc://news');
  expect(pub.writable).toBe(true);
  while (pub.writable) await pub.send('x');
  const waiting = pub.send('x');
  expect(await stateOf(waiting)).toBe('pending');
  pub.noDrop = false;
  expect(await stateOf(waiting)).toBe('fulfilled');
});

test('relaxed', async () => {
  const { req } = await converse();
  await req.send('first');
  const waiting = req.send('second');
  expect(await stateOf(waiting)).toBe('pending');
  req.relaxed = true;
  expect(await stateOf(waiting)).toBe('fulfilled');
});

test('mandatory', async () => {
  const context = new Context();
  const router = open(Router, { context, mandatory: true, ...MARKS });
  await router.bind('inproc://router');
  const dealer = open(Dealer, { context, routingId: 'peer', ...MARKS });
  dealer.connect('inproc://router');
  for (let i = 0; i < 2; i++) await router.send(['peer', 'x']);
  const waiting = router.send(['peer', 'x']);
  expect(await stateOf(waiting)).toBe('pending');
  router.mandatory = false;
  expect(await stateOf(waiting)).toBe('fulfilled');
});

test('sendHighWaterMark', async () => {
  const push = open(Push, { sendHighWaterMark: 1 });
  push.connect('tcp://127.0.0.1:1');
  await push.send('x');
  const waiting = push.send('x');
  expect(await stateOf(waiting)).toBe('pending');
  push.sendHighWaterMark = 10;
  expect(await stateOf(waiting)).toBe('fulfilled');
});

test('a fault in what watches a socket does not stop it for ever', async () => {
  const context = new Context();
  const [left, right] = [open(Pair, { context, ...MARKS }), open(Pair, { context, ...MARKS })];
  await left.bind('inproc://pair');
  right.connect('inproc://pair');
  for (let i = 0; i < 2; i++) await right.send('x');
  const waiting = right.send('x');
  const unwatch = coreOf(right, 'Socket').watch(() => {
    unwatch();
    throw new Error('a fault');
  });
  expect(await errorOf(left.send('y'))).toMatchObject({ message: 'a fault' });
  await left.receive();
  await left.receive();
  await turn();
  expect(await stateOf(waiting)).toBe('fulfilled');
});
