/**
 * The sockets that have a command, and what each of them can do.
 *
 * @module
 */

/**
 * What happens with messages: `ask` sends one and prints its reply, `answer` prints one and replies, `send` and `receive`
 * have one direction, `both` has two that know nothing of each other.
 */
type Doing = 'ask' | 'answer' | 'send' | 'receive' | 'both';

export type Kind = {
  readonly about: string;
  readonly does: Doing;
  /** What is sent while no peer takes it is dropped, and not kept for the first who comes. */
  readonly drops?: true;
  readonly subscribes?: true;
  /** Can send back what it receives. */
  readonly echoes?: true;
  /** Can answer everything with the same reply. */
  readonly replies?: true;
  readonly hasRoutingId?: true;
  /** The first frame of a message says which peer it is from or for. */
  readonly names?: true;
};

export type KindName =
  | 'req'
  | 'rep'
  | 'push'
  | 'pull'
  | 'pub'
  | 'sub'
  | 'xpub'
  | 'xsub'
  | 'dealer'
  | 'router'
  | 'pair';

export const KINDS: Readonly<Record<KindName, Kind>> = {
  req: { about: 'send requests and print the replies', does: 'ask', hasRoutingId: true },
  rep: {
    about: 'print requests and reply to them',
    does: 'answer',
    echoes: true,
    replies: true,
    hasRoutingId: true,
  },
  push: { about: 'send each message to one peer in turn', does: 'send' },
  pull: { about: 'print what pushers send', does: 'receive' },
  pub: { about: 'send messages to all who have subscribed', does: 'send', drops: true },
  sub: { about: 'subscribe, and print what comes', does: 'receive', subscribes: true },
  xpub: { about: 'as pub, and print the subscriptions', does: 'both', drops: true },
  xsub: { about: 'as sub, and send to publishers', does: 'both', subscribes: true },
  dealer: {
    about: 'send to one peer in turn, and print what comes',
    does: 'both',
    echoes: true,
    hasRoutingId: true,
  },
  router: {
    about: 'print what comes and from whom; send to peers by name',
    does: 'both',
    drops: true,
    echoes: true,
    replies: true,
    hasRoutingId: true,
    names: true,
  },
  pair: { about: 'talk to the one peer', does: 'both', echoes: true },
};
