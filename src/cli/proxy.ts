/**
 * `zmtp proxy`: two sockets, and all that one of them receives sent by the other. 28/REQREP, 29/PUBSUB and 30/PIPELINE call
 * it queue, forwarder and streamer.
 *
 * @module
 */
import {
  Dealer,
  Proxy,
  Publisher,
  Pull,
  Push,
  Router,
  type Socket,
  XPublisher,
  XSubscriber,
} from '../index.ts';
import { asUsage, type Command, defineCommand, type OptionSpec, UsageError } from './command.ts';
import { EXIT, interruption } from './exit.ts';

type Ends = readonly [frontend: Router | XSubscriber | Pull, backend: Dealer | XPublisher | Push];

/** What clients find in front, and what workers find behind. */
const TYPES: Readonly<Record<string, () => Ends>> = {
  queue: () => [new Router(), new Dealer()],
  forwarder: () => [new XSubscriber(), new XPublisher()],
  streamer: () => [new Pull(), new Push()],
};

const ENDPOINT = { type: 'text', value: 'ENDPOINT' } as const satisfies Partial<OptionSpec>;

export const proxy: Command = defineCommand({
  usage: 'queue|forwarder|streamer --frontend ENDPOINT --backend ENDPOINT [options]',
  about:
    'Passes messages on between two sockets that it binds, until Ctrl-C: ROUTER to DEALER and back (queue), XSUB to XPUB\n' +
    '(forwarder), PULL to PUSH (streamer). Prints where the sockets are bound.',
  options: {
    frontend: { ...ENDPOINT, about: 'where clients, publishers or pushers connect to' },
    backend: { ...ENDPOINT, about: 'where servers, subscribers or pullers connect to' },
    'connect-frontend': { type: 'flag', about: 'connect the frontend, do not bind it' },
    'connect-backend': { type: 'flag', about: 'connect the backend, do not bind it' },
    capture: { ...ENDPOINT, about: 'bind a PUB there that gets a copy of everything' },
  },
  examples: [
    'zmtp proxy queue --frontend tcp://*:5555 --backend tcp://*:5556',
    'zmtp proxy forwarder --frontend tcp://*:5557 --backend tcp://*:5558 --capture ipc:///tmp/seen',
  ],
  least: 1,
  most: 1,
  run: async ([type = ''], options) => {
    const makeEnds = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
    if (makeEnds === undefined) {
      throw new UsageError(`"${type}" is none of ${Object.keys(TYPES).join(', ')}`);
    }
    const { frontend, backend } = options;
    if (frontend === undefined || backend === undefined) {
      throw new UsageError('--frontend and --backend are both needed');
    }
    const interrupted = interruption();
    const [front, back] = makeEnds();
    const capture = options.capture === undefined ? undefined : new Publisher();
    try {
      await attach('frontend', front, frontend, options['connect-frontend']);
      await attach('backend', back, backend, options['connect-backend']);
      if (capture !== undefined) await attach('capture', capture, options.capture ?? '', false);
      const running = new Proxy(front, back, capture);
      interrupted.addEventListener('abort', () => running.terminate());
      await running.run();
      return interrupted.aborted ? EXIT.interrupted : EXIT.done;
    } finally {
      for (const socket of [front, back, capture]) socket?.close();
    }
  },
});

async function attach(
  name: string,
  socket: Socket,
  address: string,
  isConnecting: boolean,
): Promise<void> {
  if (isConnecting) asUsage(() => socket.connect(address));
  else await asUsage(() => socket.bind(address));
  console.log(
    `${name} ${isConnecting ? 'connects to' : 'is bound to'} ${isConnecting ? address : socket.lastEndpoint}`,
  );
}
