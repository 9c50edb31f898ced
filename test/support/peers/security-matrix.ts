/**
 * Security with libzmq: mechanism × which side is the server × pattern × transport, and everything that keeps a peer out,
 * where both sides must see what two sockets of libzmq see.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allowKeys,
  allowPasswords,
  type AuthenticationRequest,
  Context,
  curveKeyPair,
  Router,
} from '../../../src/index.ts';
import { encodeZ85 } from '../../../src/z85.ts';
import { IpcDirectory, type Transport } from './endpoints.ts';
import { bytes, digest, type MessageSpec, message, text } from './messages.ts';
import { OurSocket } from './our-socket.ts';
import {
  type Peer,
  type PeerKind,
  type PeerSocket,
  type PeerSocketType,
  startPeer,
  type TestSocket,
} from './peer.ts';
import { awaitSubscription, PROBE } from './publish.ts';
import { bytes as raw, greeting } from '../../../src/testing/raw-bytes.ts';
import { type CloseKind, RawListener, RawPeer } from '../raw-peer.ts';

const SERVER = curveKeyPair();
const CLIENT = curveKeyPair();
const STRANGER = curveKeyPair();
const PASSWORDS: Readonly<Record<string, string>> = { admin: 'secret' };
const ZAP = 'inproc://zeromq.zap.01';

const PLAIN_SERVER = { plainServer: true };
const PLAIN_CLIENT = { plainUsername: 'admin', plainPassword: 'secret' };
const CURVE_SERVER = { curveServer: true, curveSecretKey: SERVER.secretKey };
const CURVE_CLIENT = {
  curveServerKey: SERVER.publicKey,
  curvePublicKey: CLIENT.publicKey,
  curveSecretKey: CLIENT.secretKey,
};

const TRANSPORTS: readonly Transport[] = ['tcp', 'ipc'];

const MECHANISMS = {
  PLAIN: {
    server: PLAIN_SERVER,
    client: PLAIN_CLIENT,
    authenticate: allowPasswords(PASSWORDS),
    userId: PLAIN_CLIENT.plainUsername,
  },
  CURVE: {
    server: CURVE_SERVER,
    client: CURVE_CLIENT,
    authenticate: allowKeys([CLIENT.publicKey]),
    userId: CLIENT.publicKey,
  },
} as const;
type Mechanism = keyof typeof MECHANISMS;

/** 60 messages of 1 to 3 frames around every border there is. */
const SPECS: readonly MessageSpec[] = Array.from({ length: 60 }, (_, i) =>
  Array.from({ length: 1 + (i % 3) }, (_, j) =>
    bytes([1, 255, 0, 256, 8192, 222, 223, 70_000][(i + j) % 8] ?? 0, 2 + i + j),
  ),
);
const DIGESTS = SPECS.map(message).map(digest);

type Sides = { readonly server: TestSocket; readonly client: TestSocket };

/** The sequence goes from one socket to the other. */
async function flow(from: TestSocket, to: TestSocket, address?: string): Promise<string[]> {
  const [{ messages, peers }] = await Promise.all([
    to.receiveMany({ count: SPECS.length, skip: PROBE }),
    from.sendMany(SPECS, address === undefined ? {} : { to: address }),
  ]);
  expect(messages).toEqual(DIGESTS);
  return peers;
}

type Pattern = {
  readonly server: PeerSocketType;
  readonly client: PeerSocketType;
  readonly talk: (sides: Sides) => Promise<void>;
};

const PATTERNS: readonly Pattern[] = [
  {
    server: 'REP',
    client: 'REQ',
    talk: async ({ server, client }) => {
      const [served, exchanged] = await Promise.all([
        server.serve(SPECS.length),
        client.exchange(SPECS),
      ]);
      expect(served.messages).toEqual(DIGESTS);
      expect(exchanged.messages).toEqual(DIGESTS);
    },
  },
  {
    server: 'PUB',
    client: 'SUB',
    talk: async ({ server, client }) => {
      await client.subscribe(text(''));
      await awaitSubscription(server, client);
      await flow(server, client);
    },
  },
  {
    server: 'SUB',
    client: 'PUB',
    talk: async ({ server, client }) => {
      await server.subscribe(text(''));
      await awaitSubscription(client, server);
      await flow(client, server);
    },
  },
  {
    server: 'ROUTER',
    client: 'DEALER',
    talk: async ({ server, client }) => {
      const [address] = await flow(client, server);
      await flow(server, client, address);
    },
  },
  {
    server: 'PULL',
    client: 'PUSH',
    talk: ({ server, client }) => flow(client, server).then(() => {}),
  },
  {
    server: 'PUSH',
    client: 'PULL',
    talk: ({ server, client }) => flow(server, client).then(() => {}),
  },
];

/** Servers that receive. */
const RECEIVERS: ReadonlySet<PeerSocketType> = new Set(['REP', 'SUB', 'ROUTER', 'PULL']);

/** Outcomes of the handshake at one side: the type of the event, and which code or status it has. */
type Outcome = readonly [type: string, value?: string | number];
const AUTH_400: Outcome = ['handshake:error:auth', 400];
const LOST: Outcome = ['handshake:error:other'];
const fault = (name: string): Outcome => ['handshake:error:protocol', `ERR_ZMTP_${name}`];
const MISMATCH = fault('MECHANISM_MISMATCH');

type Refusal = {
  readonly name: string;
  readonly server: object;
  readonly client: object;
  readonly atServer: Outcome;
  readonly atClient: Outcome;
  /** Where libzmq's client does not understand our server. */
  readonly atTheirClient?: Outcome;
  /** Where our side cannot know: see MISMATCH_UNSEEN. */
  readonly atOurServer?: Outcome;
  readonly atOurClient?: Outcome;
  /** Whether the client tries again. */
  readonly isRetried: boolean;
};

/**
 * With NULL we send our greeting whole. libzmq ends the connection over it without finishing its own, so that nothing
 * tells its mechanism; without security on our side, we only see it go.
 */
const MISMATCH_UNSEEN = LOST;

const REFUSALS: readonly Refusal[] = [
  {
    name: 'a wrong server key',
    server: CURVE_SERVER,
    client: { ...CURVE_CLIENT, curveServerKey: STRANGER.publicKey },
    atServer: fault('CRYPTOGRAPHIC'),
    atClient: LOST,
    isRetried: true,
  },
  {
    name: 'an unknown client key',
    server: CURVE_SERVER,
    client: {
      ...CURVE_CLIENT,
      curvePublicKey: STRANGER.publicKey,
      curveSecretKey: STRANGER.secretKey,
    },
    atServer: AUTH_400,
    atClient: AUTH_400,
    isRetried: false,
  },
  {
    name: 'a wrong password',
    server: PLAIN_SERVER,
    client: { ...PLAIN_CLIENT, plainPassword: 'wrong' },
    atServer: AUTH_400,
    atClient: AUTH_400,
    // It only knows ERROR as libzmq's server misspells it: protocol-facts 4.2.4.
    atTheirClient: fault('UNEXPECTED_COMMAND'),
    isRetried: false,
  },
  ...(
    [
      ['NULL', 'CURVE', {}, CURVE_CLIENT],
      ['NULL', 'PLAIN', {}, PLAIN_CLIENT],
      ['CURVE', 'NULL', CURVE_SERVER, {}],
      ['PLAIN', 'NULL', PLAIN_SERVER, {}],
      ['CURVE', 'PLAIN', CURVE_SERVER, PLAIN_CLIENT],
      ['PLAIN', 'CURVE', PLAIN_SERVER, CURVE_CLIENT],
    ] as const
  ).map(([ours, theirs, server, client]) => ({
    name: `a client of ${theirs} at a server of ${ours}`,
    server,
    client,
    atServer: MISMATCH,
    atClient: MISMATCH,
    ...(ours === 'NULL' && { atOurServer: MISMATCH_UNSEEN }),
    ...(theirs === 'NULL' && { atOurClient: MISMATCH_UNSEEN }),
    isRetried: false,
  })),
];

/**
 * What a peer says that speaks an older version, or a newer one without security. libzmq has no event for the first two but
 * that the connection is over; its client does not try again after any of these.
 */
const OLD_GREETINGS: Readonly<
  Record<string, { readonly says: Buffer; readonly ours: Outcome; readonly theirs?: Outcome }>
> = {
  'ZMTP 1.0': { says: raw(1, 0, 6, 0, 'hello'), ours: fault('UNSPECIFIED') },
  'ZMTP 2.0': { says: raw(greeting().subarray(0, 10), 1, 3, 0, 0), ours: fault('UNSPECIFIED') },
  'ZMTP 3.0 with NULL': { says: greeting({ minor: 0 }), ours: MISMATCH, theirs: MISMATCH },
};

/** libzmq's numbers, as pyzmq has them. */
const NUMBERS: Readonly<Record<string, number>> = {
  ERR_ZMTP_UNEXPECTED_COMMAND: 0x1000_0001,
  ERR_ZMTP_CRYPTOGRAPHIC: 0x1100_0001,
  ERR_ZMTP_MECHANISM_MISMATCH: 0x1100_0002,
};

async function expectOurs(socket: OurSocket, [type, value]: Outcome): Promise<void> {
  const { error } = await socket.events.next(type);
  if (typeof value === 'number') expect(error).toMatchObject({ status: value });
  if (typeof value === 'string') expect(error?.code).toBe(value);
}

async function expectTheirs(socket: PeerSocket, [type, value]: Outcome): Promise<void> {
  const event = await socket.events.next(type);
  if (value === undefined) return;
  expect([value, NUMBERS[value]]).toContain(event.value);
}

/** Answers the requests of a handler in the peer's process as long as it lives. */
async function decide(handler: PeerSocket): Promise<void> {
  for (;;) {
    const [, id = '', , , , mechanism = '', first = '', second = ''] = (await handler.receive())
      .hex;
    const name = Buffer.from(mechanism, 'hex').toString();
    const isKnown =
      name === 'CURVE'
        ? encodeZ85(Buffer.from(first, 'hex')) === CLIENT.publicKey
        : PASSWORDS[Buffer.from(first, 'hex').toString()] === Buffer.from(second, 'hex').toString();
    const status = isKnown ? '200' : '400';
    await handler.send([text('1.0'), { hex: id }, text(status), text(''), text('joe'), text('')]);
  }
}

export function describeSecurity(kind: PeerKind): void {
  let peer: Peer;
  let directory: IpcDirectory;

  beforeAll(async () => {
    directory = new IpcDirectory();
    peer = await startPeer(kind);
    const handler = await peer.open('REP');
    await handler.bind(ZAP);
    decide(handler).catch(() => {});
  });

  afterAll(async () => {
    await peer?.[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  const cases = (Object.keys(MECHANISMS) as Mechanism[]).flatMap((mechanism) =>
    (['client', 'server'] as const).flatMap((ourRole) =>
      PATTERNS.flatMap((pattern) => {
        const isFirst = pattern === PATTERNS[0];
        return TRANSPORTS.flatMap((transport) =>
          (isFirst ? (['server', 'client'] as const) : (['server'] as const)).map((binder) => ({
            mechanism,
            ourRole,
            pattern,
            transport,
            binder,
            title: `${mechanism}: we are the ${ourRole}, ${pattern.server} serves ${pattern.client} over ${transport}, the ${binder} binds`,
          })),
        );
      }),
    ),
  );

  it.each(cases)('$title', async ({ mechanism, ourRole, pattern, transport, binder }) => {
    const { server: serverOptions, client: clientOptions, ...rest } = MECHANISMS[mechanism];
    const { authenticate, userId } = rest;
    const asked: AuthenticationRequest[] = [];
    const weServe = ourRole === 'server';
    await using ours = new OurSocket(
      weServe ? pattern.server : pattern.client,
      weServe
        ? {
            ...serverOptions,
            authenticate: (request: AuthenticationRequest) => {
              asked.push(request);
              return authenticate(request);
            },
          }
        : clientOptions,
    );
    await using theirs = await peer.open(
      weServe ? pattern.client : pattern.server,
      weServe ? clientOptions : serverOptions,
    );
    const [server, client] = weServe ? [ours, theirs] : [theirs, ours];
    const [binding, connecting] = binder === 'server' ? [server, client] : [client, server];
    await connecting.connect(
      await binding.bind(transport === 'ipc' ? directory.next() : 'tcp://127.0.0.1:*'),
    );
    await pattern.talk({ server, client });
    if (!weServe) return;
    const address = transport === 'tcp' ? '127.0.0.1' : '';
    expect(asked).toMatchObject([{ mechanism, address }]);
    expect([...ours.userIds]).toEqual(RECEIVERS.has(pattern.server) ? [userId] : []);
  });

  describe.each(Object.entries(OLD_GREETINGS))('a peer of %s', (_version, old) => {
    const names = Object.keys(MECHANISMS) as Mechanism[];
    const sides = [
      ['our', old.ours],
      ['their', old.theirs],
    ] as const;
    const cases = names.flatMap((name) => sides.map((side) => [...side, name] as const));

    /** The socket sends the peer away, with no handshake but perhaps a reason, and nothing more. */
    const expectEnd = async (
      socket: OurSocket | PeerSocket,
      peerSide: RawPeer,
      outcome: Outcome | undefined,
    ): Promise<void> => {
      await peerSide.write(old.says);
      expect<CloseKind[]>(['end', 'reset']).toContain(await peerSide.expectClose());
      if (outcome !== undefined) {
        if (socket instanceof OurSocket) await expectOurs(socket, outcome);
        else await expectTheirs(socket, outcome);
      }
      await socket.events.next('disconnect');
      const problems = socket.events.all.filter(({ type }) => type.startsWith('handshake'));
      expect(problems).toHaveLength(outcome === undefined ? 0 : 1);
    };

    const open = (
      whose: string,
      type: PeerSocketType,
      options: Readonly<Record<string, string | boolean>>,
    ): OurSocket | Promise<PeerSocket> =>
      whose === 'our'
        ? new OurSocket(type, options)
        : peer.open(type, { ...options }, { monitor: true });

    it.each(cases)('as a client at %s server', async (whose, outcome, name) => {
      await using server = await open(whose, 'REP', MECHANISMS[name].server);
      const client = await RawPeer.connect(await server.bind('tcp://127.0.0.1:*'));
      await expectEnd(server, client, outcome);
      client.close();
    });

    it.each(cases)('as the server of %s client', async (whose, outcome, name) => {
      const listener = await RawListener.listen();
      await using client = await open(whose, 'REQ', MECHANISMS[name].client);
      await client.connect(listener.endpoint);
      const server = await listener.accept();
      await expectEnd(client, server, outcome);
      server.close();
      listener.close();
    });
  });

  describe.each(REFUSALS)('$name', ({ server, client, atServer, atClient, ...refusal }) => {
    const { atTheirClient = atClient, atOurClient = atClient, atOurServer = atServer } = refusal;
    const { isRetried } = refusal;
    // A handler of ours, and not the function: that one has the tests above.
    const context = new Context();
    const handler = new Router({ context });
    const answer = async (): Promise<void> => {
      await handler.bind(ZAP);
      for await (const [id, delimiter, version, requestId, , , , name, ...credentials] of handler) {
        const [first = Buffer.of(), second = ''] = credentials;
        const isKnown =
          String(name) === 'CURVE'
            ? encodeZ85(first) === CLIENT.publicKey
            : PASSWORDS[String(first)] === String(second);
        const status = isKnown ? '200' : '400';
        const frames = [id, delimiter, version, requestId, status, '', 'joe', ''];
        await handler.send(frames.map((frame) => frame ?? ''));
      }
    };
    beforeAll(() => void answer());
    afterAll(() => handler.close());

    const LASTING = { reconnectInterval: 20, reconnectMaxInterval: 40 };

    const retries = async (events: {
      readonly all: readonly { readonly type: string }[];
      next(type: string): Promise<unknown>;
      count(type: string): number;
    }): Promise<void> => {
      if (isRetried) {
        await events.next('connect:retry');
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(events.count('connect:retry')).toBe(0);
    };

    it('libzmq and libzmq', async () => {
      await using theirServer = await peer.open('REP', { ...server }, { monitor: true });
      await using theirClient = await peer.open(
        'REQ',
        { ...client, ...LASTING },
        { monitor: true },
      );
      await theirClient.connect(await theirServer.bind('tcp://127.0.0.1:*'));
      await expectTheirs(theirServer, atServer);
      await expectTheirs(theirClient, atClient);
      await retries(theirClient.events);
    });

    it('our server and their client', async () => {
      await using ourServer = new OurSocket('REP', { ...server, context });
      await using theirClient = await peer.open(
        'REQ',
        { ...client, ...LASTING },
        { monitor: true },
      );
      await theirClient.connect(await ourServer.bind('tcp://127.0.0.1:*'));
      await expectOurs(ourServer, atOurServer);
      await expectTheirs(theirClient, atTheirClient);
      await retries(theirClient.events);
      expect(ourServer.events.count('handshake')).toBe(0);
    });

    it('their server and our client', async () => {
      await using theirServer = await peer.open('REP', { ...server }, { monitor: true });
      await using ourClient = new OurSocket('REQ', { ...client, ...LASTING });
      await ourClient.connect(await theirServer.bind('tcp://127.0.0.1:*'));
      await expectTheirs(theirServer, atServer);
      await expectOurs(ourClient, atOurClient);
      if (atOurClient === atClient) await retries(ourClient.events);
      expect(ourClient.events.count('handshake')).toBe(0);
    });

    it('our server and our client', async () => {
      await using ourServer = new OurSocket('REP', { ...server, context });
      await using ourClient = new OurSocket('REQ', { ...client, ...LASTING });
      await ourClient.connect(await ourServer.bind('tcp://127.0.0.1:*'));
      await expectOurs(ourServer, atServer);
      await expectOurs(ourClient, atClient);
      await retries(ourClient.events);
    });
  });
}
