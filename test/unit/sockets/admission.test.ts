/**
 * Who may come in, over real sockets: ZAP handlers that behave and that do not, the option `authenticate`, and who is
 * asked when. H17.
 *
 * @module
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  type AuthenticationRequest,
  type AuthenticationVerdict,
  Context,
  curveKeyPair,
  Dealer,
  type Message,
  Reply,
  Router,
} from '../../../src/index.ts';
import { decodeZ85 } from '../../../src/z85.ts';
import { type EventLog, watch } from '../../support/peers/events.ts';
import { IpcDirectory } from '../../support/peers/endpoints.ts';
import { own, watchProcess } from '../../support/watch.ts';

watchProcess();

const ZAP = 'inproc://zeromq.zap.01';
const SERVER = curveKeyPair();
const CLIENT = curveKeyPair();

const MECHANISMS = {
  NULL: { server: { zapDomain: 'test' }, client: {} },
  PLAIN: {
    server: { plainServer: true },
    client: { plainUsername: 'admin', plainPassword: 'secret' },
  },
  CURVE: {
    server: { curveServer: true, curveSecretKey: SERVER.secretKey },
    client: { curveServerKey: SERVER.publicKey, curveSecretKey: CLIENT.secretKey },
  },
} as const;
type Mechanism = keyof typeof MECHANISMS;
const NAMES = Object.keys(MECHANISMS) as Mechanism[];

type Options = ConstructorParameters<typeof Dealer>[0];
type Log = EventLog<{ readonly type: string }>;

/** A bound server and a client, with what happens to both. */
class Meeting {
  readonly context = new Context();
  readonly server: Dealer;
  readonly client: Dealer;
  readonly #serverLog;
  readonly #clientLog;

  constructor(mechanism: Mechanism, server: Options = {}, client: Options = {}) {
    const traits = { linger: 0, context: this.context, reconnectInterval: 10_000 };
    this.server = own(new Dealer({ ...traits, ...MECHANISMS[mechanism].server, ...server }));
    this.client = own(new Dealer({ ...traits, ...MECHANISMS[mechanism].client, ...client }));
    this.#serverLog = watch(this.server);
    this.#clientLog = watch(this.client);
  }

  async begin(endpoint = 'tcp://127.0.0.1:*'): Promise<this> {
    await this.server.bind(endpoint);
    this.client.connect(this.server.lastEndpoint ?? '');
    return this;
  }

  /** The client comes in, and a message goes each way. */
  async succeeds() {
    const { peer } = await this.#serverLog.next('handshake');
    await this.client.send(['in', 'and']);
    expect((await this.server.receive()).map(String)).toEqual(['in', 'and']);
    await this.server.send('out');
    expect((await this.client.receive()).map(String)).toEqual(['out']);
    return peer;
  }

  async refused(status: 300 | 400 | 500): Promise<string> {
    const { error, reason } = await this.#serverLog.next('handshake:error:auth');
    expect(error).toMatchObject({ status, code: 'EACCES' });
    await this.#serverLog.next('disconnect');
    expect(this.#serverLog.count('handshake')).toBe(0);
    return reason;
  }

  async clientRefused(status: 400 | 500): Promise<void> {
    const { error, reason } = await this.#clientLog.next('handshake:error:auth');
    expect(error).toMatchObject({ status, code: 'EACCES' });
    expect(reason).toBe(`the peer refused: ${status}, ${error.message}`);
    await this.#clientLog.next('disconnect');
    const end = await this.#clientLog.next('close');
    expect(end.reason).toBe(`not connected again: ${reason}`);
    expect(this.#clientLog.count('connect:retry')).toBe(0);
  }

  /** The client only sees that the connection is over, and will try again. */
  async clientLost(): Promise<void> {
    await this.#clientLog.next('handshake:error:other');
    await this.#clientLog.next('connect:retry');
  }

  async faulty(code: string): Promise<string> {
    const { error, reason } = await this.#serverLog.next('handshake:error:protocol');
    expect(error).toMatchObject({ code, message: 'ZAP protocol error' });
    return reason;
  }

  async undecided(): Promise<string> {
    const { reason, error } = await this.#serverLog.next('handshake:error:other');
    expect(['EACCES', 'ETIMEDOUT']).toContain(error.code);
    return reason;
  }
}

/** What a handler makes of a request: frames of a reply, or none. */
type Answer = (request: string[]) => (string | Uint8Array)[] | undefined;

const accept: Answer = ([version = '', id = '']) => [version, id, '200', 'OK', 'joe', ''];
const withStatus =
  (status: string): Answer =>
  ([version = '', id = '']) => [version, id, status, 'because', '', ''];

/** A handler; answers with the requests that it gets. */
async function handle(
  context: Context,
  answer: Answer,
  kind: 'REP' | 'ROUTER' = 'REP',
): Promise<{ requests: Message[][]; socket: Reply | Router }> {
  const socket = own(kind === 'REP' ? new Reply({ context }) : new Router({ context }));
  await socket.bind(ZAP);
  const requests: Message[][] = [];
  const run = async (): Promise<void> => {
    for await (const frames of socket) {
      const envelope = kind === 'ROUTER' ? frames.splice(0, 2) : [];
      requests.push(frames);
      const reply = answer(frames.map(String));
      if (reply !== undefined && !socket.closed) await socket.send([...envelope, ...reply]);
      else if (kind === 'REP') return;
    }
  };
  void run();
  return { requests, socket };
}

describe.each(NAMES)('a ZAP handler, with %s', (mechanism) => {
  it.each(['REP', 'ROUTER'] as const)('that is a %s lets a peer in', async (kind) => {
    const meeting = new Meeting(mechanism, { routingId: 'server', zapDomain: 'global' });
    const { requests } = await handle(meeting.context, accept, kind);
    await meeting.begin();
    const peer = await meeting.succeeds();
    expect(peer).toMatchObject({ mechanism, userId: 'joe' });
    expect(peer.metadata).toBeUndefined();

    expect(requests).toHaveLength(1);
    const [version, id, domain, address, identity, name, ...credentials] = requests[0] ?? [];
    expect([version, domain, address, identity, name].map(String)).toEqual([
      '1.0',
      'global',
      '127.0.0.1',
      'server',
      mechanism,
    ]);
    expect(String(id)).not.toBe('');
    const expected = {
      NULL: [],
      PLAIN: [Buffer.from('admin'), Buffer.from('secret')],
      CURVE: [Buffer.from(decodeZ85(CLIENT.publicKey))],
    };
    expect(credentials).toEqual(expected[mechanism]);
  });

  it.each([400, 500] as const)('that says %d: both sides hear of it', async (status) => {
    const meeting = new Meeting(mechanism);
    await handle(meeting.context, withStatus(String(status)));
    await meeting.begin();
    expect(await meeting.refused(status)).toBe('because');
    await meeting.clientRefused(status);
  });

  it('that says 300: the peer is told nothing, and may try again', async () => {
    const meeting = new Meeting(mechanism);
    await handle(meeting.context, withStatus('300'));
    await meeting.begin();
    await meeting.refused(300);
    await meeting.clientLost();
  });

  it('that is silent: the peer is sent away', async () => {
    const meeting = new Meeting(mechanism, { handshakeInterval: 200 });
    await handle(meeting.context, () => undefined, 'ROUTER');
    await meeting.begin();
    await meeting.undecided();
    await meeting.clientLost();
  });

  it('that is closed while it is asked: the peer is sent away', async () => {
    const meeting = new Meeting(mechanism);
    const handler = own(new Reply({ context: meeting.context }));
    await handler.bind(ZAP);
    await meeting.begin();
    await handler.receive();
    handler.close();
    expect(await meeting.undecided()).toMatch(/handler was closed/);
    await meeting.clientLost();
  });

  it.each([
    ['too few frames', 'MALFORMED_REPLY', ([v = '', id = '']: string[]) => [v, id, '200', '', '']],
    [
      'too many frames',
      'MALFORMED_REPLY',
      ([v = '', id = '']: string[]) => [v, id, '200', '', '', '', ''],
    ],
    ['another version', 'BAD_VERSION', ([, id = '']: string[]) => ['1.1', id, '200', '', '', '']],
    [
      "another request's id",
      'BAD_REQUEST_ID',
      ([v = '', id = '']: string[]) => [v, `${id}0`, '200', '', '', ''],
    ],
    ...['2000', '404', '201', '', '20'].map(
      (status) => [`the status "${status}"`, 'INVALID_STATUS_CODE', withStatus(status)] as const,
    ),
    [
      'broken metadata',
      'INVALID_METADATA',
      ([v = '', id = '']: string[]) => [v, id, '200', '', '', Buffer.from([3, 65])],
    ],
    [
      'broken metadata, and a refusal',
      'INVALID_METADATA',
      ([v = '', id = '']: string[]) => [v, id, '400', '', '', Buffer.from([3, 65])],
    ],
  ] as const)('that replies with %s: ERR_ZAP_%s', async (_how, code, answer) => {
    const meeting = new Meeting(mechanism);
    await handle(meeting.context, answer);
    await meeting.begin();
    expect(await meeting.faulty(`ERR_ZAP_${code}`)).toMatch(/faulty/);
    await meeting.clientLost();
  });

  it('that begins its reply with a frame too many: ERR_ZAP_UNSPECIFIED', async () => {
    const meeting = new Meeting(mechanism);
    const socket = own(new Router({ context: meeting.context }));
    await socket.bind(ZAP);
    await meeting.begin();
    const [id, , version, requestId] = (await socket.receive()) as [
      Message,
      Message,
      Message,
      Message,
    ];
    await socket.send([id, 'x', version, requestId, '200', '', '', '']);
    await meeting.faulty('ERR_ZAP_UNSPECIFIED');
  });

  it('that replies twice: the first reply counts', async () => {
    const meeting = new Meeting(mechanism);
    const socket = own(new Router({ context: meeting.context }));
    await socket.bind(ZAP);
    await meeting.begin();
    const [id = '', delimiter = '', version = '', requestId = ''] = await socket.receive();
    for (const status of ['200', '400']) {
      await socket.send([id, delimiter, version, requestId, status, '', 'joe', '']);
    }
    await meeting.succeeds();
  });

  it('tells who the peer is and what else there is to know', async () => {
    const meeting = new Meeting(mechanism);
    const metadata = Buffer.from('\x05Group\0\0\0\x05admin\x01x\0\0\0\0', 'latin1');
    await handle(meeting.context, ([v = '', id = '']) => [v, id, '200', '', 'joe', metadata]);
    await meeting.begin();
    const peer = await meeting.succeeds();
    expect(peer.userId).toBe('joe');
    expect([...(peer.metadata ?? [])].map(([name, value]) => [name, String(value)])).toEqual([
      ['Group', 'admin'],
      ['x', ''],
    ]);
  });

  it('is not asked where there is a function', async () => {
    const meeting = new Meeting(mechanism, { authenticate: () => true });
    const { requests } = await handle(meeting.context, withStatus('400'));
    await meeting.begin();
    await meeting.succeeds();
    expect(requests).toEqual([]);
  });

  it('of another context is not asked', async () => {
    const meeting = new Meeting(mechanism, { zapDomain: 'test' });
    const { requests } = await handle(new Context(), accept);
    await meeting.begin();
    await meeting.undecided();
    expect(requests).toEqual([]);
  });

  it('can be replaced by another', async () => {
    const meeting = new Meeting(mechanism);
    const first = await handle(meeting.context, withStatus('400'));
    first.socket.close();
    const { requests } = await handle(meeting.context, accept);
    await meeting.begin();
    await meeting.succeeds();
    expect(requests).toHaveLength(1);
  });

  it('that is neither Reply nor Router is none, and nobody comes in', async () => {
    const meeting = new Meeting(mechanism);
    await own(new Dealer({ context: meeting.context })).bind(ZAP);
    await meeting.begin();
    expect(await meeting.undecided()).toMatch(/Reply or Router/);
  });

  it('hears over ipc of no address', async () => {
    using directory = new IpcDirectory();
    const meeting = new Meeting(mechanism);
    const { requests } = await handle(meeting.context, accept);
    await meeting.begin(directory.next());
    await meeting.succeeds();
    expect(requests.map((frames) => String(frames[3]))).toEqual(['']);
  });
});

describe('without a handler', () => {
  it.each([
    ['NULL', {}, undefined],
    ['NULL', { zapDomain: 'test' }, 'nobody is there'],
    ['NULL', { zapDomain: 'test', zapEnforceDomain: true }, 'nobody is there'],
    ['NULL', { zapDomain: null, zapEnforceDomain: true }, undefined],
    ['PLAIN', {}, 'nobody is there to ask: the socket has no authenticate'],
    ['PLAIN', { zapDomain: 'test', zapEnforceDomain: true }, 'nobody is there'],
    ['CURVE', {}, undefined],
    ['CURVE', { zapEnforceDomain: true }, undefined],
    ['CURVE', { zapDomain: 'test' }, 'nobody is there'],
    ['CURVE', { zapDomain: 'test', zapEnforceDomain: true }, 'nobody is there'],
  ] as const)('%s with %o', async (mechanism, options, reason) => {
    const meeting = new Meeting(mechanism, { zapDomain: null, ...options });
    await meeting.begin();
    if (reason === undefined) await meeting.succeeds();
    else expect(await meeting.undecided()).toContain(reason);
  });

  it('CURVE with a handler, and zapEnforceDomain without a domain: nobody is asked', async () => {
    const meeting = new Meeting('CURVE', { zapEnforceDomain: true });
    const { requests } = await handle(meeting.context, withStatus('400'));
    await meeting.begin();
    await meeting.succeeds();
    expect(requests).toEqual([]);
  });

  it('NULL without a domain: a handler is not asked', async () => {
    const meeting = new Meeting('NULL', { zapDomain: null });
    const { requests } = await handle(meeting.context, withStatus('400'));
    await meeting.begin();
    await meeting.succeeds();
    expect(requests).toEqual([]);
  });

  it('clients of PLAIN and CURVE do not ask', async () => {
    for (const mechanism of ['PLAIN', 'CURVE'] as const) {
      const meeting = new Meeting(
        mechanism,
        { authenticate: () => true },
        { zapDomain: 'test', authenticate: () => false },
      );
      await meeting.begin();
      await meeting.succeeds();
    }
  });
});

describe.each(NAMES)('the option authenticate, with %s', (mechanism) => {
  const verdicts: [AuthenticationVerdict | Promise<AuthenticationVerdict>, 300 | 400 | 500][] = [
    [false, 400],
    [{ status: 400, text: 'because' }, 400],
    [{ status: 500 }, 500],
    [{ status: 300 }, 300],
    [Promise.resolve(false), 400],
    [undefined as never, 500],
    [{ status: 201 } as never, 500],
    ['yes' as never, 500],
    [{ status: 200, metadata: { a: 5 } } as never, 500],
    [{ status: 200, userId: 5 } as never, 500],
  ];
  it.each(verdicts)('refuses with %o', async (verdict, status) => {
    const meeting = await new Meeting(mechanism, { authenticate: () => verdict }).begin();
    await meeting.refused(status);
    if (status !== 300) await meeting.clientRefused(status);
  });

  it.each<[unknown, string]>([
    [undefined, 'it answered undefined, not true, false or an object with a status'],
    [null, 'it answered null'],
    ['yes', 'it answered a string, not true'],
    [Symbol('yes'), 'it answered Symbol(yes)'],
    [{ userId: 'joe' }, 'its status is undefined, not the number 200, 300, 400 or 500'],
    [{ status: '200' }, 'its status is a string, not the number'],
    [{ status: 200, userId: null }, 'its userId is null, not a string'],
    [{ status: 400, text: {} }, 'its text is an object'],
    [{ status: 200, metadata: null }, 'its metadata is not an object'],
    [{ status: 200, metadata: new Map([['a', 'b']]) }, 'its metadata is not an object'],
    [{ status: 200, metadata: { age: 5 } }, 'in its metadata age is 5, neither text nor bytes'],
  ])('says what is wrong with %o', async (verdict, reason) => {
    const authenticate = (): AuthenticationVerdict => verdict as AuthenticationVerdict;
    const meeting = await new Meeting(mechanism, { authenticate }).begin();
    expect(await meeting.refused(500)).toContain(`authenticate has failed: ${reason}`);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no database');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no database'))],
  ])('refuses when it %s', async (_how, authenticate) => {
    const meeting = await new Meeting(mechanism, { authenticate }).begin();
    expect(await meeting.refused(500)).toContain('no database');
  });

  it('that does not answer: the peer is sent away', async () => {
    const authenticate = (): Promise<boolean> => new Promise(() => {});
    const meeting = await new Meeting(mechanism, { authenticate, handshakeInterval: 150 }).begin();
    await meeting.undecided();
    await meeting.clientLost();
  });

  it('is told of the peer, and names it', async () => {
    const asked: AuthenticationRequest[] = [];
    const authenticate = (request: AuthenticationRequest): AuthenticationVerdict => {
      asked.push(request);
      return { status: 200, userId: 'joe', metadata: { group: 'admin' } };
    };
    const meeting = await new Meeting(mechanism, { authenticate, zapDomain: 'global' }).begin();
    const peer = await meeting.succeeds();
    expect(peer).toMatchObject({ userId: 'joe' });
    expect(String(peer.metadata?.get('group'))).toBe('admin');
    const common = { mechanism, domain: 'global', address: '127.0.0.1' };
    const publicKeyBytes = Buffer.from(decodeZ85(CLIENT.publicKey));
    const expected = {
      NULL: common,
      PLAIN: { ...common, username: 'admin', password: 'secret' },
      CURVE: { ...common, publicKey: CLIENT.publicKey, publicKeyBytes },
    };
    expect(asked).toEqual([expected[mechanism]]);
  });

  it('may close the socket', async () => {
    const meeting = new Meeting(mechanism, {
      authenticate: () => {
        meeting.server.close();
        return true;
      },
    });
    await meeting.begin();
    await meeting.clientLost();
  });
});

describe('maxPendingAuthentications', () => {
  it('lets the others wait in line', async () => {
    const answers: ((verdict: boolean) => void)[] = [];
    const server = own(
      new Reply({
        linger: 0,
        maxPendingAuthentications: 2,
        authenticate: () => new Promise((resolve) => answers.push(resolve)),
      }),
    );
    const events: Log = watch(server);
    await server.bind('tcp://127.0.0.1:*');
    for (let i = 0; i < 5; i++) {
      own(new Dealer({ linger: 0 })).connect(server.lastEndpoint ?? '');
    }
    for (let i = 0; i < 5; i++) await events.next('accept');
    while (answers.length < 2) await nextTurn();
    for (let i = 0; i < 20; i++) await nextTurn();
    expect(answers).toHaveLength(2);
    for (let i = 0; i < 5; i++) {
      while (answers.length === 0) await nextTurn();
      expect(answers.length).toBeLessThanOrEqual(2);
      answers.shift()?.(true);
      await events.next('handshake');
    }
  });

  it('who has gone from the line is not asked about', async () => {
    const answers: ((verdict: boolean) => void)[] = [];
    const server = own(
      new Reply({
        linger: 0,
        maxPendingAuthentications: 1,
        authenticate: () => new Promise((resolve) => answers.push(resolve)),
      }),
    );
    const events = watch(server);
    await server.bind('tcp://127.0.0.1:*');
    const clients = Array.from({ length: 3 }, () => new Dealer({ linger: 0 }));
    for (const client of clients) {
      client.connect(server.lastEndpoint ?? '');
      await events.next('accept');
    }
    while (answers.length < 1) await nextTurn();
    for (let i = 0; i < 20; i++) await nextTurn();
    for (const client of clients) client.close();
    for (let i = 0; i < 3; i++) await events.next('disconnect');
    answers[0]?.(true);
    for (let i = 0; i < 20; i++) await nextTurn();
    expect(answers).toHaveLength(1);
    expect(events.count('handshake')).toBe(0);
  });
});
