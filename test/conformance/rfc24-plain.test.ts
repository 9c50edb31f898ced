/**
 * 24/ZMTP-PLAIN, over real sockets: a server of ours and a raw client, byte by byte.
 *
 * Rows T71–T73 and T82.
 */
import { describe, expect, test } from 'vitest';
import { allowPasswords, Reply, Request } from '../../src/index.ts';
import {
  bytes,
  command,
  errorCommand,
  greeting,
  message,
  ready,
} from '../../src/testing/raw-bytes.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';
import { EventLog } from '../support/raw-subject.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

const GREETING = greeting({ mechanism: 'PLAIN' });
const HELLO = command('HELLO', 5, 'admin', 6, 'secret');
const INITIATE = command('INITIATE', ready('REQ').subarray(2 + 6));

class Server {
  readonly socket: Reply;
  readonly events: EventLog;

  private constructor(socket: Reply) {
    this.socket = socket;
    this.events = new EventLog(socket.events);
  }

  static async create(): Promise<Server> {
    const authenticate = allowPasswords({ admin: 'secret' });
    const socket = own(new Reply({ linger: 0, plainServer: true, authenticate }));
    await socket.bind('tcp://127.0.0.1:*');
    return new Server(socket);
  }

  async open(): Promise<RawPeer> {
    return own(await RawPeer.connect(this.socket.lastEndpoint ?? ''));
  }

  /** A client that does everything right is served. */
  async serves(itsGreeting: Uint8Array = GREETING): Promise<void> {
    const peer = await this.open();
    await peer.exchangeGreetings(itsGreeting);
    await peer.write(HELLO);
    await peer.expect(command('WELCOME'));
    await peer.write(INITIATE);
    await peer.expect(ready('REP'));
    await peer.write(message('', 'hello'));
    expect((await this.socket.receive()).map(String)).toEqual(['hello']);
    await this.socket.send('there');
    await peer.expect(message('', 'there'));
    peer.close();
  }

  /** What the peer does ends its connection with a reason, and others are served. */
  async drops(peer: RawPeer): Promise<string> {
    await peer.expectClose();
    const reason = await this.events.reasonFor(peer.localEndpoint);
    await this.serves();
    return reason;
  }
}

describe('PLAIN, the server', () => {
  test('HELLO, WELCOME, INITIATE, READY: the bytes of both sides', async () => {
    const server = await Server.create();
    await server.serves();
  });

  test('a client of ZMTP 3.0 is served as well', async () => {
    const server = await Server.create();
    await server.serves(greeting({ mechanism: 'PLAIN', minor: 0 }));
  });

  test('the greeting says that it is the server', async () => {
    const server = await Server.create();
    const peer = await server.open();
    const theirs = await peer.exchangeGreetings(GREETING);
    expect(theirs.subarray(12, 17).toString()).toBe('PLAIN');
    expect(theirs[32]).toBe(1);
  });

  test.each([
    ['T71: a trailing byte', command('HELLO', 5, 'admin', 6, 'secret', 0)],
    ['a user name that is not there', command('HELLO', 255)],
    ['a password that is not there', command('HELLO', 5, 'admin', 255, 'secret')],
    ['no lengths', command('HELLO')],
    ['T72: INITIATE first', INITIATE],
    ['READY', ready('REQ')],
    ['a message', message('', 'hello')],
  ])('%s instead of HELLO: closes, and says nothing', async (_what, first) => {
    const server = await Server.create();
    const peer = await server.open();
    await peer.exchangeGreetings(GREETING);
    await peer.write(first);
    expect(await server.drops(peer)).not.toBe('');
    expect(peer.unread).toHaveLength(0);
  });

  test.each([
    ['a wrong password', 'admin', 'wrong'],
    ['a password with a NUL behind it', 'admin', 'secret\0'],
    ['an unknown user', 'nobody', 'secret'],
    ['nothing', '', ''],
  ])('T73: %s: ERROR 400, and closes', async (_what, user, password) => {
    const server = await Server.create();
    const peer = await server.open();
    await peer.exchangeGreetings(GREETING);
    await peer.write(command('HELLO', user.length, user, password.length, password));
    await peer.expect(bytes(0x04, 0x0a, 5, 'ERROR', 3, '400'));
    await server.drops(peer);
  });

  test.each([
    ['INITIATE without properties', command('INITIATE')],
    ['a second HELLO', HELLO],
    ['traffic', message('', 'hello')],
  ])('%s after WELCOME: closes', async (_what, second) => {
    const server = await Server.create();
    const peer = await server.open();
    await peer.exchangeGreetings(GREETING);
    await peer.write(HELLO);
    await peer.expect(command('WELCOME'));
    await peer.write(second);
    await server.drops(peer);
  });

  test('commands that do not wait for an answer: closes', async () => {
    const server = await Server.create();
    const peer = await server.open();
    await peer.write(bytes(GREETING, HELLO, INITIATE, message('', 'hello')));
    await server.drops(peer);
  });

  test.each([
    ['NULL', greeting()],
    ['CURVE', greeting({ mechanism: 'CURVE' })],
    ['ZMTP 2.0', bytes(greeting().subarray(0, 10), 1, 3, 0, 0)],
    ['ZMTP 1.0', bytes(1, 0, 6, 0, 'hello')],
  ])('T82: a greeting of %s: closes', async (_what, first) => {
    const server = await Server.create();
    const peer = await server.open();
    await peer.write(first);
    await server.drops(peer);
  });
});

describe('PLAIN, the client', () => {
  async function connect(): Promise<{ peer: RawPeer; events: EventLog; client: Request }> {
    const listener = own(await RawListener.listen());
    const options = { linger: 0, plainUsername: 'admin', plainPassword: 'secret' };
    const client = own(new Request(options));
    const events = new EventLog(client.events);
    client.connect(listener.endpoint);
    const peer = own(await listener.accept());
    await peer.exchangeGreetings(greeting({ mechanism: 'PLAIN', asServer: 1 }));
    await peer.expect(HELLO);
    return { peer, events, client };
  }

  test('HELLO, WELCOME, INITIATE, READY: the bytes of both sides', async () => {
    const { peer, client } = await connect();
    await peer.write(command('WELCOME'));
    const { name } = await peer.readCommand();
    expect(name).toBe('INITIATE');
    await peer.write(ready('REP'));
    await client.send('hello');
    await peer.expect(message('', 'hello'));
  });

  test.each([
    ['as it should be', errorCommand('400')],
    ['as libzmq writes it', bytes(0x04, 0x09, 0x5e, 'RROR', 3, '400')],
  ])('ERROR %s: does not try again', async (_how, error) => {
    const { peer, events } = await connect();
    await peer.write(error);
    await peer.expectClose();
    const event = await events.find('refusal', ({ type }) => type === 'handshake:error:auth');
    expect(event.error).toMatchObject({ status: 400 });
    await events.find('end', ({ type }) => type === 'close');
    expect(events.seen.some(({ type }) => type === 'connect:retry')).toBe(false);
  });

  test.each([
    ['a WELCOME with something in it', command('WELCOME', 0)],
    ['READY before WELCOME', ready('REP')],
    ['a message', message('', 'hello')],
  ])('%s: closes', async (_what, answer) => {
    const { peer } = await connect();
    await peer.write(answer);
    await peer.expectClose();
  });
});
