/**
 * A bound socket of ours or of npm `zeromq`, with the application that `zmtp conform` supposes behind it. Prints where it
 * is bound, and runs until it is killed.
 *
 * @module
 */
import * as zeromq from 'zeromq';
import * as zmtp from '../../src/index.ts';
import {
  type ApplicationSocket,
  type ApplicationType,
  runApplication,
} from '../../test/support/conform-application.ts';

const [library = '', type = '', settings = '{}'] = process.argv.slice(2);
const CLASSES: Readonly<Record<string, string>> = {
  REP: 'Reply',
  ROUTER: 'Router',
  XPUB: 'XPublisher',
  PULL: 'Pull',
  SUB: 'Subscriber',
};

type Bound = ApplicationSocket & { bind(endpoint: string): Promise<void>; lastEndpoint: string };
type Constructors = Readonly<Record<string, new (options: object) => Bound>>;

const { password, clientKey, ...options } = JSON.parse(settings) as {
  password?: string;
  clientKey?: string;
};

/** The handler of ZAP that knows one password and one key. */
async function authenticate(): Promise<void> {
  const handler = new zeromq.Reply();
  await handler.bind('inproc://zeromq.zap.01');
  for await (const [version, id, , , , , ...credentials] of handler) {
    const isKnown =
      password === undefined
        ? credentials[0]?.toString('hex') === clientKey
        : String(credentials[1]) === password;
    const status = isKnown ? '200' : '400';
    await handler.send([version ?? '', id ?? '', status, '', '', '']);
  }
}

async function main(): Promise<void> {
  const isOurs = library === 'zmtp';
  const isSecured = password !== undefined || clientKey !== undefined;
  if (!isOurs && isSecured) void authenticate();
  const own = isOurs &&
    isSecured && {
      authenticate:
        password === undefined
          ? zmtp.allowKeys([Buffer.from(clientKey ?? '', 'hex')])
          : zmtp.allowPasswords({ me: password }),
    };
  const constructors = (isOurs ? zmtp : zeromq) as unknown as Constructors;
  const Constructor = constructors[CLASSES[type] ?? ''];
  if (Constructor === undefined) throw new Error(`no ${type} in ${library}`);
  const socket = new Constructor({ linger: 0, ...options, ...own });
  await socket.bind('tcp://127.0.0.1:*');
  console.log(socket.lastEndpoint);
  await runApplication(type as ApplicationType, socket);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
