/**
 * The options of the socket commands. Those of `bench` are a part of them.
 *
 * @module
 */
import { MAX_DELAY, type OptionSpec, type OptionSpecs } from '../command.ts';
import { CREDENTIAL_OPTIONS, type CredentialValues } from '../credentials.ts';
import type { Kind } from './kinds.ts';

type Text = string | undefined;
type Texts = readonly string[];
type Count = number | undefined;

/** How a socket is made, and where it goes. */
export type SocketOptionValues = CredentialValues & {
  readonly bind: Texts;
  readonly connect: Texts;
  readonly timeout: Count;
  readonly hwm: Count;
  readonly set: Texts;
  readonly 'plain-server': boolean;
  readonly 'curve-server': boolean;
  readonly 'curve-allow': Texts;
  readonly 'tls-ca': Text;
  readonly 'tls-cert': Text;
  readonly 'tls-key': Text;
  readonly verbose: boolean;
};
type NotationValues = {
  readonly format: string;
  readonly delimiter: Text;
  readonly json: boolean;
};
type SendValues = {
  readonly count: Count;
  readonly interval: Count;
  readonly peers: Count;
  readonly delay: Count;
};
type OtherValues = {
  readonly linger: Count;
  readonly number: Count;
  readonly topic: Texts;
  readonly echo: boolean;
  readonly reply: Texts;
  readonly 'routing-id': Text;
};
export type CatOptions = SocketOptionValues & NotationValues & SendValues & OtherValues;

/** The specification of each option has the type of its value. */
type SpecsOf<V> = {
  readonly [K in keyof V]: OptionSpec & {
    readonly type: [V[K]] extends [boolean]
      ? 'flag'
      : [V[K]] extends [Texts]
        ? 'texts'
        : [V[K]] extends [Count]
          ? 'number'
          : 'text';
  };
};

export const SOCKET_OPTIONS: SpecsOf<SocketOptionValues> = {
  bind: { type: 'texts', short: 'b', value: 'ENDPOINT', about: 'listen there; may be repeated' },
  connect: {
    type: 'texts',
    short: 'c',
    value: 'ENDPOINT',
    about: 'connect there; may be repeated',
  },
  timeout: {
    type: 'number',
    short: 't',
    value: 'MS',
    least: 1,
    most: MAX_DELAY,
    about: 'the longest wait for anything, then exit code 3',
  },
  hwm: { type: 'number', value: 'N', about: 'both high-water marks, in messages; 0: none' },
  set: {
    type: 'texts',
    value: 'NAME=VALUE',
    about: 'any socket option, such as heartbeatInterval=1000',
  },
  ...CREDENTIAL_OPTIONS,
  'plain-server': { type: 'flag', about: 'be the server of PLAIN, and let in that user' },
  'curve-server': { type: 'flag', about: 'be the server of CURVE' },
  'curve-allow': {
    type: 'texts',
    value: 'KEY|FILE',
    about: 'let in only the client with that public key; may be repeated',
  },
  'tls-ca': { type: 'text', value: 'FILE', about: 'tls://: whose certificates peers may have' },
  'tls-cert': { type: 'text', value: 'FILE', about: 'our certificate' },
  'tls-key': { type: 'text', value: 'FILE', about: 'its key' },
  verbose: { type: 'flag', short: 'v', about: 'what happens to connections, on standard error' },
};

const NOTATION_OPTIONS: SpecsOf<NotationValues> = {
  format: {
    type: 'text',
    short: 'f',
    value: 'FORMAT',
    initial: 'text',
    about: 'text, hex, json, msgpack; several with commas: frame by frame; or raw',
  },
  delimiter: {
    type: 'text',
    short: 'd',
    about: 'what stands between the frames of a line; a tab by default',
  },
  json: { type: 'flag', about: 'each line is {"frames": […]}' },
};

const SEND_OPTIONS: SpecsOf<SendValues> = {
  count: {
    type: 'number',
    value: 'N',
    about: 'send the message of the arguments N times, not once; 0: without end',
  },
  interval: { type: 'number', value: 'MS', most: MAX_DELAY, about: 'time between messages' },
  peers: { type: 'number', value: 'N', about: 'send when so many peers are there' },
  delay: {
    type: 'number',
    value: 'MS',
    most: MAX_DELAY,
    about: 'send so much later, when subscribers have had time to subscribe',
  },
};

const OTHER_OPTIONS: SpecsOf<OtherValues> = {
  linger: {
    type: 'number',
    value: 'MS',
    most: MAX_DELAY,
    about: 'how long messages may take to leave at the end; as --timeout, or for ever',
  },
  number: { type: 'number', short: 'n', value: 'N', about: 'end after N messages received' },
  topic: { type: 'texts', value: 'PREFIX', about: 'subscribe to that (all); may be repeated' },
  echo: { type: 'flag', about: 'send back what comes' },
  reply: { type: 'texts', about: 'reply with that; repeated: several frames' },
  'routing-id': { type: 'text', about: 'the name by which a ROUTER knows this socket' },
};

/** The options that the command of a socket has. */
export function optionsFor(kind: Kind): OptionSpecs {
  const isSending = kind.does !== 'receive';
  const isReceiving = kind.does !== 'send' && kind.does !== 'ask';
  const has: Readonly<Record<keyof OtherValues, boolean>> = {
    linger: isSending,
    number: isReceiving,
    topic: kind.subscribes === true,
    echo: kind.echoes === true,
    reply: kind.replies === true,
    'routing-id': kind.hasRoutingId === true,
  };
  return {
    ...SOCKET_OPTIONS,
    ...NOTATION_OPTIONS,
    ...(isSending && kind.does !== 'answer' && SEND_OPTIONS),
    ...Object.fromEntries(
      Object.entries(OTHER_OPTIONS).filter(([name]) => has[name as keyof OtherValues]),
    ),
  };
}

const NOTHING = { flag: false, text: undefined, texts: [], number: undefined } as const;

/** What was given, and nothing for the options that the command does not have. */
export function withAbsent(given: Readonly<Record<string, unknown>>): CatOptions {
  const all = { ...SOCKET_OPTIONS, ...NOTATION_OPTIONS, ...SEND_OPTIONS, ...OTHER_OPTIONS };
  const absent = Object.entries(all).map(([name, { type }]) => [name, NOTHING[type]]);
  return { ...(Object.fromEntries(absent) as CatOptions), ...given };
}
