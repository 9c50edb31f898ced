/**
 * Heartbeats in both directions: they keep a healthy connection up and find out about a dead one.
 *
 * A tap between the two ends counts PING and PONG, and plays the dead network.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Pull, Reply, Request } from '../../src/index.ts';
import { watch } from '../support/peers/events.ts';
import { exchange, serve } from '../support/peers/frames.ts';
import { bytes, digest, message, text } from '../support/peers/messages.ts';
import { PEER_KINDS, startPeer } from '../support/peers/peer.ts';
import { Tap } from '../support/peers/tap.ts';
import { usePeer } from '../support/peers/use-peer.ts';

const SPECS = [[text('Hello')]];
const FRAMES = SPECS.map(message);
const DIGESTS = FRAMES.map(digest);

// Beats often, and forgives much: for connections that must stay up on a busy machine.
const PATIENT = { heartbeatInterval: 20, heartbeatTimeout: 5000, reconnectInterval: 10 };
// Gives up soon: for connections that die.
const STRICT = { heartbeatInterval: 50, heartbeatTimeout: 150, reconnectInterval: 10 };

describe.each(PEER_KINDS)('heartbeats with %s', (kind) => {
  const peer = usePeer(kind);

  it('our REQ pings, their REP answers, the connection stays', async () => {
    await using rep = await peer().open('REP');
    await using tap = await Tap.open(await rep.bind('tcp://127.0.0.1:*'));
    await using req = new Request({ linger: 0, ...PATIENT });
    const events = watch(req);
    req.connect(tap.endpoint);
    await tap.heard('reply', 'PONG', 5);
    const served = rep.serve(1);
    await exchange(req, FRAMES);
    expect((await served).messages).toEqual(DIGESTS);
    expect(tap.count('request', 'PING')).toBeGreaterThanOrEqual(5);
    expect(events.count('disconnect')).toBe(0);
  });

  it('our REP pings, their REQ answers, the connection stays', async () => {
    await using rep = new Reply({ linger: 0, ...PATIENT });
    const events = watch(rep);
    await rep.bind('tcp://127.0.0.1:*');
    await using tap = await Tap.open(rep.lastEndpoint ?? '');
    await using req = await peer().open('REQ');
    await req.connect(tap.endpoint);
    await tap.heard('request', 'PONG', 5);
    const [exchanged] = await Promise.all([req.exchange(SPECS), serve(rep, FRAMES)]);
    expect(exchanged.messages).toEqual(DIGESTS);
    expect(tap.count('reply', 'PING')).toBeGreaterThanOrEqual(5);
    expect(events.count('disconnect')).toBe(0);
  });

  it('their REQ pings with a time to live, our REP answers, the connection stays', async () => {
    await using rep = new Reply({ linger: 0 });
    const events = watch(rep);
    await rep.bind('tcp://127.0.0.1:*');
    await using tap = await Tap.open(rep.lastEndpoint ?? '');
    await using req = await peer().open(
      'REQ',
      { ...PATIENT, heartbeatTimeToLive: 5000 },
      { monitor: true },
    );
    await req.connect(tap.endpoint);
    await tap.heard('reply', 'PONG', 5);
    const [exchanged] = await Promise.all([req.exchange(SPECS), serve(rep, FRAMES)]);
    expect(exchanged.messages).toEqual(DIGESTS);
    expect(tap.count('request', 'PING')).toBeGreaterThanOrEqual(5);
    expect(events.count('disconnect')).toBe(0);
    expect(req.events.count('disconnect')).toBe(0);
  });

  it('their REP pings, our REQ answers, the connection stays', async () => {
    await using rep = await peer().open('REP', PATIENT, { monitor: true });
    await using tap = await Tap.open(await rep.bind('tcp://127.0.0.1:*'));
    await using req = new Request({ linger: 0 });
    const events = watch(req);
    req.connect(tap.endpoint);
    await tap.heard('request', 'PONG', 5);
    const served = rep.serve(1);
    await exchange(req, FRAMES);
    expect((await served).messages).toEqual(DIGESTS);
    expect(tap.count('reply', 'PING')).toBeGreaterThanOrEqual(5);
    expect(events.count('disconnect')).toBe(0);
    expect(rep.events.count('disconnect')).toBe(0);
  });

  it('both ping at once, the connection stays', async () => {
    await using rep = await peer().open('REP', PATIENT);
    await using tap = await Tap.open(await rep.bind('tcp://127.0.0.1:*'));
    await using req = new Request({ linger: 0, ...PATIENT, heartbeatTimeToLive: 5000 });
    const events = watch(req);
    req.connect(tap.endpoint);
    await Promise.all([tap.heard('request', 'PONG', 5), tap.heard('reply', 'PONG', 5)]);
    const served = rep.serve(1);
    await exchange(req, FRAMES);
    expect((await served).messages).toEqual(DIGESTS);
    expect(events.count('disconnect')).toBe(0);
  });

  it('their PUSH pings, our PULL takes nothing for long: the connection stays, nothing is lost', async () => {
    await using pull = new Pull({ linger: 0, receiveHighWaterMark: 10 });
    const events = watch(pull);
    await pull.bind('tcp://127.0.0.1:*');
    const options = { sendHighWaterMark: 10, heartbeatInterval: 200 };
    await using push = await peer().open('PUSH', options);
    await using tap = await Tap.open(pull.lastEndpoint ?? '');
    await push.connect(tap.endpoint);
    // Before the first PING our PULL does not know that anybody waits for a sign of life.
    await tap.heard('reply', 'PONG', 1);
    // More than the kernel holds, so that PINGs lie behind messages.
    const count = 2000;
    const sent = push.sendMany(
      Array.from({ length: count }, (_, i) => [text(`${i}`), bytes(10_000)]),
    );
    // Five times as long as they are patient.
    await setTimeout(1000);
    for (let i = 0; i < count; i++) expect(String((await pull.receive())[0])).toBe(`${i}`);
    expect(await sent).toBe(count);
    expect(events.count('disconnect')).toBe(0);
  });

  it('our REQ notices that the network is dead and connects anew', async () => {
    await using rep = await peer().open('REP');
    await using tap = await Tap.open(await rep.bind('tcp://127.0.0.1:*'));
    await using req = new Request({ linger: 0, ...STRICT });
    const events = watch(req);
    req.connect(tap.endpoint);
    await tap.heard('reply', 'PONG', 1);
    tap.stall();
    await events.next('disconnect');
    await events.next('handshake');
    const served = rep.serve(1);
    await exchange(req, FRAMES);
    expect((await served).messages).toEqual(DIGESTS);
  });

  it('our REP notices that the network is dead', async () => {
    await using rep = new Reply({ linger: 0, ...STRICT });
    const events = watch(rep);
    await rep.bind('tcp://127.0.0.1:*');
    await using tap = await Tap.open(rep.lastEndpoint ?? '');
    await using req = await peer().open('REQ');
    await req.connect(tap.endpoint);
    await tap.heard('request', 'PONG', 1);
    tap.stall();
    await events.next('disconnect');
  });

  it('our REP gives up a client whose time to live is over, with heartbeats of its own off', async () => {
    await using rep = new Reply({ linger: 0 });
    const events = watch(rep);
    await rep.bind('tcp://127.0.0.1:*');
    await using tap = await Tap.open(rep.lastEndpoint ?? '');
    await using req = await peer().open('REQ', { ...PATIENT, heartbeatTimeToLive: 200 });
    await req.connect(tap.endpoint);
    await tap.heard('reply', 'PONG', 1);
    tap.stall();
    await events.next('disconnect');
  });

  it('their REP gives us up when our time to live is over, with heartbeats of its own off', async () => {
    await using rep = await peer().open('REP', {}, { monitor: true });
    await using tap = await Tap.open(await rep.bind('tcp://127.0.0.1:*'));
    await using req = new Request({ linger: 0, ...PATIENT, heartbeatTimeToLive: 200 });
    req.connect(tap.endpoint);
    await tap.heard('reply', 'PONG', 1);
    tap.stall();
    await rep.events.next('disconnect');
  });

  it('our REQ notices a frozen process and comes back when it thaws', async () => {
    await using frozen = await startPeer(kind);
    const rep = await frozen.open('REP');
    await using req = new Request({ linger: 0, ...STRICT });
    const events = watch(req);
    req.connect(await rep.bind('tcp://127.0.0.1:*'));
    await events.next('handshake');
    await frozen.kill('SIGSTOP');
    await events.next('disconnect');
    await frozen.kill('SIGCONT');
    await events.next('handshake');
    const served = rep.serve(1);
    await exchange(req, FRAMES);
    expect((await served).messages).toEqual(DIGESTS);
  });
});
