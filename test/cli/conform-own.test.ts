/**
 * Our own sockets pass the conformance suite whole, bound and connecting, with every mechanism.
 */
import { afterAll, expect, test } from 'vitest';
import { loadCurveBox } from '../../src/curve-loader.ts';
import {
  allowKeys,
  allowPasswords,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type Socket,
  Subscriber,
  XPublisher,
} from '../../src/index.ts';
import { encodeZ85 } from '../../src/protocol.ts';
import type { Security } from '../../src/testing/conformance/line.ts';
import { BoundPeer, ConnectingPeer } from '../../src/testing/conformance/target.ts';
import {
  type ApplicationSocket,
  type ApplicationType,
  HOLDS,
  REQ_OPTIONS,
  runApplication,
} from '../support/conform-application.ts';
import { failures, runSuite } from './conform-run.ts';

const box = await loadCurveBox();
const serverKeys = box.generateKeyPair();
const clientKeys = box.generateKeyPair();
const HANDSHAKE = 300;
const LONGEST = 200_000;

const CLASSES: Readonly<Record<ApplicationType, new (options: object) => Socket>> = {
  REP: Reply,
  ROUTER: Router,
  DEALER: Dealer,
  PAIR: Pair,
  XPUB: XPublisher,
  PUSH: Push,
  PUB: Publisher,
  REQ: Request,
  PULL: Pull,
  SUB: Subscriber,
};

type Setting = { readonly security: Security; readonly options: object };

/** The peer is the server, and knows one client. */
const SERVERS = {
  NULL: { security: { mechanism: 'NULL' }, options: {} },
  PLAIN: {
    security: { mechanism: 'PLAIN', role: 'client', username: 'me', password: 'secret' },
    options: { plainServer: true, authenticate: allowPasswords({ me: 'secret' }) },
  },
  CURVE: {
    security: {
      mechanism: 'CURVE',
      role: 'client',
      box,
      serverKey: serverKeys.publicKey,
      keys: clientKeys,
    },
    options: {
      curveServer: true,
      curveSecretKey: encodeZ85(serverKeys.secretKey),
      authenticate: allowKeys([clientKeys.publicKey]),
    },
  },
} as const satisfies Record<string, Setting>;

/** The peer is the client. */
const CLIENTS = {
  NULL: SERVERS.NULL,
  PLAIN: {
    security: { mechanism: 'PLAIN', role: 'server' },
    options: { plainUsername: 'me', plainPassword: 'secret' },
  },
  CURVE: {
    security: { mechanism: 'CURVE', role: 'server', box, keys: serverKeys },
    options: {
      curvePublicKey: encodeZ85(clientKeys.publicKey),
      curveSecretKey: encodeZ85(clientKeys.secretKey),
      curveServerKey: encodeZ85(serverKeys.publicKey),
    },
  },
} as const satisfies Record<string, Setting>;

const sockets = new Set<Socket>();
afterAll(() => {
  for (const socket of sockets) socket.close();
  sockets.clear();
});

function open(type: ApplicationType, options: object): Socket {
  const socket = new CLASSES[type]({
    linger: 0,
    maxMessageSize: LONGEST,
    ...(type === 'REQ' && REQ_OPTIONS),
    ...options,
  });
  sockets.add(socket);
  return socket;
}

const LIMITS = { maxFrameSize: LONGEST };

test.concurrent.each<[ApplicationType, keyof typeof SERVERS]>([
  ['REP', 'NULL'],
  ['ROUTER', 'NULL'],
  ['DEALER', 'NULL'],
  ['PAIR', 'NULL'],
  ['XPUB', 'NULL'],
  ['PUSH', 'NULL'],
  ['PUB', 'NULL'],
  ['PULL', 'NULL'],
  ['SUB', 'NULL'],
  ['REQ', 'NULL'],
  ['REP', 'PLAIN'],
  ['SUB', 'PLAIN'],
  ['XPUB', 'PLAIN'],
  ['ROUTER', 'CURVE'],
  ['REP', 'CURVE'],
  ['PULL', 'CURVE'],
  ['XPUB', 'CURVE'],
  ['SUB', 'CURVE'],
])('a bound %s with %s', async (type, mechanism) => {
  const { security, options } = SERVERS[mechanism];
  const socket = open(type, options);
  await socket.bind('tcp://127.0.0.1:*');
  void runApplication(type, socket as unknown as ApplicationSocket);
  const outcomes = await runSuite(new BoundPeer(socket.lastEndpoint ?? ''), {
    security,
    holds: [...HOLDS[type], 'authenticates'],
    ...LIMITS,
  });
  expect(failures(outcomes)).toEqual({});
  expect(outcomes.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThan(60);
});

test.each<[ApplicationType, keyof typeof SERVERS]>([
  ['REP', 'NULL'],
  ['PULL', 'PLAIN'],
  ['PUB', 'CURVE'],
])('the time for the handshake of a %s with %s', async (type, mechanism) => {
  const { security, options } = SERVERS[mechanism];
  const socket = open(type, { ...options, handshakeInterval: HANDSHAKE });
  await socket.bind('tcp://127.0.0.1:*');
  const target = new BoundPeer(socket.lastEndpoint ?? '');
  const outcomes = await runSuite(target, { security, only: ['T13*'], handshakeTime: HANDSHAKE });
  expect(failures(outcomes)).toEqual({});
  expect(outcomes.map(({ case: { id } }) => id).toSorted()).toEqual(['T13', 'T13a']);
});

test('heartbeats of a PULL', async () => {
  const socket = open('PULL', { heartbeatInterval: 50, heartbeatTimeout: 100 });
  await socket.bind('tcp://127.0.0.1:*');
  const target = new BoundPeer(socket.lastEndpoint ?? '');
  const outcomes = await runSuite(target, {
    security: { mechanism: 'NULL' },
    only: ['T4*', 'T70*'],
    holds: ['heartbeats'],
  });
  expect(failures(outcomes)).toEqual({});
  expect(outcomes.find(({ case: { id } }) => id === 'T70')?.verdict).toBe('passed');
});

/** A socket that is replaced when its connection ends: some of what ends it, nobody tries again by himself. */
function connectAgain(
  type: ApplicationType,
  endpoint: string,
  options: object,
): { stop: () => void } {
  let isOver = false;
  const next = (): void => {
    const socket = open(type, { ...options, reconnectInterval: 0 });
    void (async () => {
      for await (const event of socket.events) {
        if (event.type !== 'disconnect' && event.type !== 'close' && event.type !== 'end') continue;
        socket.close();
        sockets.delete(socket);
        if (!isOver) setImmediate(next);
        return;
      }
    })();
    socket.connect(endpoint);
    void runApplication(type, socket as unknown as ApplicationSocket).catch(() => {});
  };
  next();
  return {
    stop: () => {
      isOver = true;
    },
  };
}

test.concurrent.each<[ApplicationType, keyof typeof CLIENTS]>([
  ['REQ', 'NULL'],
  ['DEALER', 'NULL'],
  ['PUSH', 'PLAIN'],
  ['SUB', 'CURVE'],
])('a connecting %s with %s', async (type, mechanism) => {
  const { security, options } = CLIENTS[mechanism];
  const target = await ConnectingPeer.listen('tcp://127.0.0.1:0');
  const peer = connectAgain(type, target.endpoint, options);
  await target.arrival();
  const outcomes = await runSuite(target, { security, holds: HOLDS[type], ...LIMITS });
  peer.stop();
  expect(failures(outcomes)).toEqual({});
  expect(outcomes.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThan(40);
});
