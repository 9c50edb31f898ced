/** Contexts: their options, what new sockets take from them, and names that are theirs. */
import * as zmq from 'zeromq';
import { outcome, showAll } from '../transcript.ts';

function values(context: zmq.Context): string {
  const { ioThreads, maxSockets, maxSocketsLimit, maxMessageSize, ipv6, blocky } = context;
  return JSON.stringify({ ioThreads, maxSockets, maxSocketsLimit, maxMessageSize, ipv6, blocky });
}

console.log('default:', values(zmq.context));
console.log('new:', values(new zmq.Context()));
const set = new zmq.Context({
  ioThreads: 4,
  maxSockets: 100,
  maxMessageSize: 4096,
  ipv6: true,
  blocky: false,
  threadPriority: 1,
});
console.log('set:', values(set));
console.log('written only:', set.threadPriority, set.threadSchedulingPolicy);
set.ioThreads = 75;
set.ipv6 = false;
console.log('changed:', values(set));
set.ipv6 = true;

const socket = new zmq.Dealer({ context: set });
console.log('its sockets:', socket.ipv6, socket.linger, socket.context === set);
const own = new zmq.Dealer({ context: set, ipv6: false, linger: 7 });
console.log('own options:', own.ipv6, own.linger);
const ordinary = new zmq.Dealer();
console.log('others:', ordinary.ipv6, ordinary.linger, ordinary.context === zmq.context);
const options = { linger: 1, sendTimeout: 2 };
console.log('options:', new zmq.Push(options).sendTimeout, JSON.stringify(options));

function construct(...args: unknown[]): Promise<string> {
  return outcome(() => void Reflect.construct(zmq.Context, args));
}
// Options that a constructor refuses are not tried here: zeromq crashes when such a process ends.
function assign(options: object): Promise<string> {
  return outcome(() => void Object.assign(set, options));
}
console.log('wrong type:', await assign({ ioThreads: '4' }), await assign({ ipv6: 1 }));
console.log('negative:', await assign({ ioThreads: -1 }));
console.log('no sockets:', await assign({ maxSockets: 0 }));
console.log('read only:', await assign({ maxSocketsLimit: 1 }));
console.log('unknown:', await assign({ noSuchOption: 1 }));
console.log('unchanged:', values(set));
console.log('no object:', await construct(1));
console.log('two:', await construct({}, 2));

// A limit on sockets, which counts those that are open.
const few = new zmq.Context({ maxSockets: 3 });
const sockets: zmq.Socket[] = [];
let problem = 'ok';
while (problem === 'ok' && sockets.length < 10) {
  problem = await outcome(() => void sockets.push(new zmq.Pair({ context: few })));
}
console.log(`${sockets.length} sockets, then it ${problem}`);

// The same name in two contexts is two names.
const contexts = [new zmq.Context(), new zmq.Context()];
const pairs = await Promise.all(
  contexts.map(async (context, index) => {
    const bound = new zmq.Pair({ context });
    await bound.bind('inproc://same');
    const connected = new zmq.Pair({ context });
    connected.connect('inproc://same');
    await connected.send(`context ${index}`);
    return bound;
  }),
);
for (const pair of pairs) console.log(showAll(await pair.receive()));

// The accessors by number.
class Numbers extends zmq.Context {
  int(option: number): number {
    return this.getInt32Option(option);
  }
  bool(option: number): boolean {
    return this.getBoolOption(option);
  }
  change(): void {
    this.setInt32Option(2, 50);
    this.setBoolOption(42, true);
  }
}
const numbers = new Numbers({ ioThreads: 2 });
numbers.change();
console.log(numbers.int(1), numbers.int(2), numbers.bool(42), numbers.bool(70), numbers.ipv6);
console.log('no such number:', await outcome(() => numbers.int(999)));
console.log(
  'no boolean:',
  await outcome(() => Reflect.apply(numbers['setBoolOption'], numbers, [70, 1])),
);
console.log(
  'no number:',
  await outcome(() => Reflect.apply(numbers['getInt32Option'], numbers, ['1'])),
);
console.log(Object.isSealed(numbers), numbers instanceof zmq.Context);
