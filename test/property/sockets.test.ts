/**
 * Calls of one Request and a Reply over inproc, in every order that a scheduler finds: order is kept, no reply goes to
 * the wrong call, what is given up takes nothing with it, and nothing is left hanging after `close`.
 *
 * @module
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Context, Reply, Request } from '../../src/index.ts';
import { renewTurn } from '../../src/sockets/turn.ts';
import { turn } from '../../src/testing/turn.ts';

/** Why calls were given up. */
const GIVEN_UP = new Error('given up');

/** A call, and what has become of it. */
type Call = {
  readonly kind: 'request' | 'send' | 'receive';
  readonly text: string;
  readonly controller: AbortController;
  outcome: 'pending' | string | { readonly error: unknown };
  /** Whether it was given up before anybody had received it. */
  isUnheard: boolean;
};

type Action =
  | { readonly kind: 'request'; readonly retries: number }
  | { readonly kind: 'send' }
  | { readonly kind: 'receive' }
  | { readonly kind: 'abort'; readonly which: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'close'; readonly socket: 'req' | 'rep' };

const ENDPOINT = 'inproc://server';

class World {
  readonly context = new Context();
  readonly req = new Request({ context: this.context, linger: 0 });
  rep = new Reply({ context: this.context, linger: 0 });
  readonly calls: Call[] = [];
  /** What servers have received. */
  readonly heard: string[] = [];
  readonly serving: Promise<void>[] = [];
  readonly #scheduler: fc.Scheduler;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
    this.req.connect(ENDPOINT);
    this.serve();
  }

  /** Lets the server answer, each time when the scheduler says so. */
  serve(): void {
    const { rep } = this;
    this.serving.push(
      rep.bind(ENDPOINT).then(async () => {
        for await (const [frame] of rep) {
          this.heard.push(String(frame));
          await this.#scheduler.schedule(Promise.resolve(), `answer ${String(frame)}`);
          if (rep.closed) return;
          await rep.send(`re ${String(frame)}`);
        }
      }),
    );
  }

  act(action: Action): void {
    switch (action.kind) {
      case 'abort': {
        const call = this.calls[action.which % Math.max(1, this.calls.length)];
        if (call?.outcome !== 'pending') return;
        call.isUnheard = !this.heard.includes(call.text);
        call.controller.abort(GIVEN_UP);
        return;
      }
      case 'restart':
        this.rep.close();
        this.rep = new Reply({ context: this.context, linger: 0 });
        this.serve();
        return;
      case 'close':
        this[action.socket].close();
        return;
      default:
        this.#call(action);
    }
  }

  #call(action: Extract<Action, { kind: Call['kind'] }>): void {
    const controller = new AbortController();
    const { signal } = controller;
    const { kind } = action;
    const text = `${kind} ${this.calls.length}`;
    const call: Call = { kind, text, controller, outcome: 'pending', isUnheard: false };
    this.calls.push(call);
    const { req } = this;
    const perform = async (): Promise<string> => {
      if (action.kind === 'send') await req.send(text, { signal });
      else if (action.kind === 'receive') return String((await req.receive({ signal }))[0]);
      else return String((await req.request(text, { signal, retries: action.retries }))[0]);
      return 'sent';
    };
    perform().then(
      (result) => {
        call.outcome = result;
      },
      (error: unknown) => {
        call.outcome = { error };
      },
    );
  }
}

function isFailure(call: Call): call is Call & { outcome: { error: unknown } } {
  return typeof call.outcome === 'object';
}

/** Whether `part` can be had from `whole` by leaving some out. */
function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let index = 0;
  for (const item of whole) if (item === part[index]) index++;
  return index === part.length;
}

const call: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.nat(1).map((retries) => ({ kind: 'request' as const, retries })) },
  { weight: 2, arbitrary: fc.constant({ kind: 'send' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'receive' as const }) },
  { weight: 3, arbitrary: fc.nat(20).map((which) => ({ kind: 'abort' as const, which })) },
);

/** Some threads of a program, each with its own order. */
function programs(action: fc.Arbitrary<Action>): fc.Arbitrary<Action[][]> {
  return fc.array(fc.array(action, { minLength: 1, maxLength: 8, size: 'max' }), {
    minLength: 1,
    maxLength: 3,
  });
}

async function run(scheduler: fc.Scheduler, threads: readonly Action[][]): Promise<World> {
  // An operation that completes a turn later has taken its message before the model hears of it.
  renewTurn();
  const world = new World(scheduler);
  for (const [index, thread] of threads.entries()) {
    scheduler.scheduleSequence(
      thread.map((action) => ({
        label: `${index}: ${JSON.stringify(action)}`,
        builder: async () => world.act(action),
      })),
    );
  }
  await scheduler.waitIdle();
  world.req.close();
  world.rep.close();
  const served = Promise.all(world.serving).then(() => true);
  for (;;) {
    await scheduler.waitIdle();
    if (await Promise.race([served, turn()])) break;
  }
  await scheduler.waitIdle();
  return world;
}

/** What holds whatever happens. */
function expectOrder({ calls, heard }: World): void {
  expect(calls.filter(({ outcome }) => outcome === 'pending')).toEqual([]);
  for (const call of calls) {
    if (isFailure(call)) {
      const { error } = call.outcome;
      if (error !== GIVEN_UP) {
        expect(['EAGAIN', 'EFSM', 'EBADF', 'EHOSTUNREACH']).toContain(
          (error as { code?: string }).code,
        );
      }
    } else if (call.kind === 'request') {
      expect(call.outcome).toBe(`re ${call.text}`);
    }
    if (call.isUnheard) expect(heard).not.toContain(call.text);
  }
  const sending = calls.filter(({ kind }) => kind !== 'receive').map(({ text }) => text);
  // One that is repeated is heard again, before anything that comes after it.
  const once = heard.filter((text, i) => text !== heard[i - 1]);
  expect(isSubsequence(once, sending)).toBe(true);
  const received = calls.filter((each) => each.kind === 'receive' && !isFailure(each));
  const replies = received.map(({ outcome }) => outcome as string);
  const sent = calls.filter(({ kind }) => kind === 'send').map(({ text }) => `re ${text}`);
  expect(isSubsequence(replies, sent)).toBe(true);
}

test('with one server that stays', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), programs(call), async (scheduler, threads) => {
      const world = await run(scheduler, threads);
      expectOrder(world);
      const { calls, heard } = world;
      expect(new Set(heard).size, 'nobody is asked twice').toBe(heard.length);
      // What was sent by `send` and received by nobody holds up the rest; but not what was only asked by `request`.
      if (calls.some(({ kind }) => kind === 'send' || kind === 'receive')) return;
      for (const each of calls) {
        if (isFailure(each)) expect(each.outcome.error).toBe(GIVEN_UP);
      }
    }),
    { numRuns: 200 },
  );
});

test('with servers that restart and sockets that close at any moment', async () => {
  const action = fc.oneof(
    { weight: 10, arbitrary: call },
    { weight: 2, arbitrary: fc.constant({ kind: 'restart' as const }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('req' as const, 'rep' as const)
        .map((socket) => ({ kind: 'close' as const, socket })),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), programs(action), async (scheduler, threads) => {
      const world = await run(scheduler, threads);
      expectOrder(world);
    }),
    { numRuns: 200 },
  );
});
