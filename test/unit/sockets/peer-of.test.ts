/**
 * Who a message comes from: every kind of socket that receives, every way to receive, every mechanism.
 */
import { describe, expect, it } from 'vitest';
import {
  type Authenticator,
  allowKeys,
  allowPasswords,
  Context,
  curveKeyPair,
  Dealer,
  type EventPeer,
  type Message,
  Pair,
  peerOf,
  Proxy,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type Socket,
  Subscriber,
  XPublisher,
  XSubscriber,
} from '../../../src/index.ts';
import { IpcDirectory } from '../../support/peers/endpoints.ts';
import { command, greeting, message, property } from '../../../src/testing/raw-bytes.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { own, watchProcess } from '../../support/watch.ts';
import { endpointOf, eventOf, open, texts } from './conversation.ts';

watchProcess();

const SERVER = curveKeyPair();
const CLIENT = curveKeyPair();
const byAddress: Authenticator = () => ({
  status: 200,
  userId: 'joe',
  metadata: { Group: 'staff' },
});

type Side = Record<string, unknown>;
const MECHANISMS: Readonly<
  Record<string, { readonly server: Side; readonly client: Side; readonly userId: string }>
> = {
  NULL: { server: { authenticate: byAddress }, client: {}, userId: 'joe' },
  PLAIN: {
    server: { plainServer: true, authenticate: allowPasswords({ admin: 'secret' }) },
    client: { plainUsername: 'admin', plainPassword: 'secret' },
    userId: 'admin',
  },
  CURVE: {
    server: {
      curveServer: true,
      curveSecretKey: SERVER.secretKey,
      authenticate: allowKeys([CLIENT.publicKey]),
    },
    client: { curveServerKey: SERVER.publicKey, curveSecretKey: CLIENT.secretKey },
    userId: CLIENT.publicKey,
  },
};

type Receiver = Socket & { receive(): Promise<Message[]> };
type Class = new (options?: Side) => Socket;

/** A server that receives, the client it receives from, and what makes that happen. */
type Kind = {
  readonly server: Class;
  readonly client: Class;
  readonly begin: (server: never, client: never) => Promise<unknown>;
  /** The text of what is received, without a routing id. */
  readonly received: readonly string[];
};

type Sender = { send(message: string | string[]): Promise<void> };
const clientSends = (_server: unknown, client: Sender): Promise<void> => client.send(['a', 'b']);
const kind = (
  server: unknown,
  client: unknown,
  begin: Kind['begin'],
  received = ['a', 'b'],
): Kind => ({
  server: server as Class,
  client: client as Class,
  begin,
  received,
});

/** A publisher cannot know when the subscription is there, but an XPUB. */
async function publish(server: Subscriber | XSubscriber, client: XPublisher): Promise<void> {
  if (server instanceof Subscriber) server.subscribe('a');
  else await server.send(Buffer.from('\x01a'));
  await client.receive();
  await client.send(['a', 'b']);
}

const KINDS: Readonly<Record<string, Kind>> = {
  REP: kind(Reply, Request, clientSends),
  'REP from DEALER': kind(Reply, Dealer, (_server, client: Dealer) =>
    client.send(['hop', '', 'a', 'b']),
  ),
  ROUTER: kind(Router, Dealer, clientSends),
  DEALER: kind(Dealer, Dealer, clientSends),
  PULL: kind(Pull, Push, clientSends),
  PAIR: kind(Pair, Pair, clientSends),
  SUB: kind(Subscriber, XPublisher, publish),
  XSUB: kind(XSubscriber, XPublisher, publish),
  'XPUB, a subscription': kind(
    XPublisher,
    Subscriber,
    async (_server, client: Subscriber) => client.subscribe('a'),
    ['\x01a'],
  ),
  'XPUB, a message': kind(XPublisher, XSubscriber, clientSends),
  REQ: kind(Request, Reply, async (server: Request, client: Reply) => {
    await server.send('question');
    await client.receive();
    await client.send(['a', 'b']);
  }),
};

async function join(
  { server, client }: Pick<Kind, 'server' | 'client'>,
  mechanism = 'PLAIN',
  endpoint = 'tcp://127.0.0.1:*',
): Promise<{ server: Receiver; client: Receiver; peer: Promise<EventPeer> }> {
  const options = MECHANISMS[mechanism];
  const bound = open(server, options?.server) as Receiver;
  const peer = eventOf(bound.events, 'handshake').then((event) => event.peer);
  await bound.bind(endpoint);
  const connected = open(client, options?.client) as Receiver;
  connected.connect(endpointOf(bound));
  return { server: bound, client: connected, peer };
}

describe.each(Object.entries(KINDS))('%s', (name, each) => {
  it.each(Object.keys(MECHANISMS))('%s: knows whom a message comes from', async (mechanism) => {
    const { server, client, peer } = await join(each, mechanism);
    await each.begin(server as never, client as never);
    const received = await server.receive();
    expect(texts(name === 'ROUTER' ? received.slice(1) : received)).toEqual(each.received);
    const sender = peerOf(received);
    expect(sender).toEqual(await peer);
    expect(sender).toMatchObject({ userId: MECHANISMS[mechanism]?.userId, mechanism });
    expect(Object.isFrozen(sender)).toBe(true);
    expect(peerOf([...received])).toBeUndefined();
  });
});

describe('ways to receive', () => {
  it('for await, and receive that has waited', async () => {
    const { server, client } = await join({ server: Pull, client: Push });
    const waiting = server.receive();
    for (const text of ['one', 'two', 'three']) await (client as unknown as Push).send(text);
    expect(peerOf(await waiting)?.userId).toBe('admin');
    let count = 0;
    for await (const each of server as unknown as Pull) {
      expect(peerOf(each)?.userId).toBe('admin');
      if (++count === 2) break;
    }
  });

  it('request()', async () => {
    const { server, client } = await join({ server: Request, client: Reply });
    const answer = (server as Request).request('question');
    await client.receive();
    await (client as unknown as Reply).send('answer');
    expect(peerOf(await answer)?.userId).toBe('admin');
  });

  it('over ipc, with empty frames', async () => {
    using directory = new IpcDirectory();
    const sides = { server: Pull, client: Push };
    const { server, client } = await join(sides, 'CURVE', directory.next());
    await (client as unknown as Push).send(['', '']);
    const received = await server.receive();
    expect(texts(received)).toEqual(['', '']);
    expect(peerOf(received)?.userId).toBe(CLIENT.publicKey);
  });
});

it('tells peers of one socket apart', async () => {
  const users = { ann: 'a', bob: 'b', eve: 'e' };
  const router = open(Router, { plainServer: true, authenticate: allowPasswords(users) });
  await router.bind('tcp://127.0.0.1:*');
  for (const [plainUsername, plainPassword] of Object.entries(users)) {
    const dealer = open(Dealer, {
      plainUsername,
      plainPassword,
      routingId: `eve-${plainUsername}`,
    });
    dealer.connect(endpointOf(router));
    await dealer.send(plainUsername);
  }
  const seen = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const received = await router.receive();
    const { userId = '' } = peerOf(received) ?? {};
    expect(String(received[1])).toBe(userId);
    seen.add(userId);
  }
  expect([...seen].toSorted()).toEqual(['ann', 'bob', 'eve']);
});

it('an XPUB hears who has cancelled, and who has left', async () => {
  const options = { plainServer: true, authenticate: allowPasswords({ ann: 'a', bob: 'b' }) };
  const xpub = open(XPublisher, { ...options, manual: true });
  await xpub.bind('tcp://127.0.0.1:*');
  const subscriber = (plainUsername: string, plainPassword: string): Subscriber => {
    const sub = open(Subscriber, { plainUsername, plainPassword });
    sub.connect(endpointOf(xpub));
    sub.subscribe(plainUsername);
    return sub;
  };
  const next = async (): Promise<string[]> => {
    const received = await xpub.receive();
    return [...texts(received), peerOf(received)?.userId ?? ''];
  };
  const ann = subscriber('ann', 'a');
  expect(await next()).toEqual(['\x01ann', 'ann']);
  subscriber('bob', 'b');
  expect(await next()).toEqual(['\x01bob', 'bob']);
  ann.unsubscribe('ann');
  expect(await next()).toEqual(['\0ann', 'ann']);
});

it('an XPUB without room tells later, and of the right peer', async () => {
  const options = { plainServer: true, authenticate: allowPasswords({ ann: 'a' }) };
  const xpub = open(XPublisher, { ...options, receiveHighWaterMark: 1 });
  await xpub.bind('tcp://127.0.0.1:*');
  const sub = open(Subscriber, { plainUsername: 'ann', plainPassword: 'a' });
  sub.connect(endpointOf(xpub));
  const topics = ['one', 'two', 'three'];
  sub.subscribe(...topics);
  const seen: string[] = [];
  for (let i = 0; i < topics.length; i++) {
    const received = await xpub.receive();
    seen.push(String(received[0]?.subarray(1)));
    expect(peerOf(received)?.userId).toBe('ann');
  }
  expect(seen.toSorted()).toEqual(topics.toSorted());
  sub.close();
  for (let i = 0; i < topics.length; i++) expect(peerOf(await xpub.receive())?.userId).toBe('ann');
});

it('has what a ZAP handler says, and what the peer says itself, apart', async () => {
  const context = new Context();
  const handler = own(new Reply({ context }));
  await handler.bind('inproc://zeromq.zap.01');
  const pull = open(Pull, { context, zapDomain: 'test' });
  await pull.bind('tcp://127.0.0.1:*');
  const peer = own(await RawPeer.connect(endpointOf(pull)));
  await peer.exchangeGreetings(greeting());
  const [version = '', id = ''] = await handler.receive();
  const metadata = property('Group', 'staff');
  await handler.send([version, id, '200', '', 'joe', metadata]);
  const known = [property('Socket-Type', 'PUSH'), property('identity', 'me')];
  const claims = [
    property('X-Group', 'admin'),
    property('User-Id', 'root'),
    property('group', 'x'),
  ];
  await peer.write(command('READY', ...known, ...claims));
  await peer.write(message('hello'));
  const sender = peerOf(await pull.receive());
  expect(sender).toMatchObject({ userId: 'joe', socketType: 'PUSH', mechanism: 'NULL' });
  expect(sender?.address).toBe(peer.localEndpoint);
  expect(String(sender?.routingId)).toBe('me');
  const asText = (of?: ReadonlyMap<string, Buffer>): string[][] =>
    [...(of ?? [])].map(([key, value]) => [key, String(value)]);
  expect(asText(sender?.metadata)).toEqual([['Group', 'staff']]);
  expect(asText(sender?.announced)).toEqual([
    ['X-Group', 'admin'],
    ['User-Id', 'root'],
    ['group', 'x'],
  ]);
});

describe('nobody is known', () => {
  it('where nobody decides, and to the client', async () => {
    const rep = open(Reply, { curveServer: true, curveSecretKey: SERVER.secretKey });
    await rep.bind('tcp://127.0.0.1:*');
    const req = open(Request, MECHANISMS['CURVE']?.client);
    req.connect(endpointOf(rep));
    const answer = req.request('hello');
    answer.catch(() => {});
    expect(peerOf(await rep.receive())).toBeUndefined();
    await rep.send('hello');
    expect(peerOf(await answer)).toBeUndefined();
  });

  it.each([true, { status: 200 }] as const)('where %j is all that was said', async (verdict) => {
    const pull = open(Pull, { authenticate: () => verdict });
    await pull.bind('tcp://127.0.0.1:*');
    const push = open(Push);
    push.connect(endpointOf(pull));
    await push.send('hello');
    expect(peerOf(await pull.receive())).toBeUndefined();
  });

  it('over inproc', async () => {
    const context = new Context();
    const pull = open(Pull, { context, authenticate: byAddress });
    await pull.bind('inproc://test');
    const push = open(Push, { context });
    push.connect('inproc://test');
    await push.send('hello');
    expect(peerOf(await pull.receive())).toBeUndefined();
  });

  it.each([
    ['PULL and PUSH', Pull, Push, Push, Pull],
    ['ROUTER and DEALER', Router, Dealer, Request, Reply],
    ['XSUB and XPUB', XSubscriber, XPublisher, XPublisher, Subscriber],
  ])('behind a proxy of %s, not even over inproc', async (_what, Front, Back, From, To) => {
    const context = new Context();
    const { server, client } = MECHANISMS['PLAIN'] ?? {};
    const front = open(Front as Class, { ...server, context });
    await front.bind('tcp://127.0.0.1:*');
    const back = open(Back as Class, { context });
    await back.bind('inproc://workers');
    void new Proxy(front, back).run();
    const to = open(To as Class, { context }) as Receiver;
    if (to instanceof Subscriber) to.subscribe('hello');
    to.connect('inproc://workers');
    const from = open(From as Class, client) as Receiver & Sender;
    from.connect(endpointOf(front));
    if (from instanceof XPublisher) await from.receive();
    // Larger than what is copied for the queue.
    await from.send('hello'.repeat(1000));
    const received = await to.receive();
    expect(texts(received)).toEqual(['hello'.repeat(1000)]);
    expect(peerOf(received)).toBeUndefined();
  });

  it('when the program hands the message on itself', async () => {
    const { server, client } = await join({ server: Pull, client: Push });
    await (client as unknown as Push).send('hello');
    const received = await server.receive();
    const context = new Context();
    const pull = open(Pull, { context });
    await pull.bind('inproc://next');
    const push = open(Push, { context });
    push.connect('inproc://next');
    await push.send(received);
    expect(peerOf(await pull.receive())).toBeUndefined();
    expect(peerOf(received)?.userId).toBe('admin');
  });

  it('of what was never received', () => {
    expect(peerOf([])).toBeUndefined();
    expect(peerOf([Buffer.of(1)])).toBeUndefined();
  });
});

it.each([[Buffer.from('frame')], ['text'], [undefined], [null], [{}]])(
  'throws for %j, which is no message',
  (value) => {
    const invalid = expect.objectContaining({ code: 'EINVAL', name: 'TypeError' });
    expect(() => peerOf(value as never)).toThrow(invalid);
  },
);

it('cannot be seen in a message', async () => {
  const { server, client } = await join({ server: Pull, client: Push });
  await (client as unknown as Push).send('hello');
  const received = await server.receive();
  expect(Reflect.ownKeys(received)).toEqual(['0', 'length']);
  expect(received).toStrictEqual([Buffer.from('hello')]);
});
