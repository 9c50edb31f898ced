/**
 * What must come, one function for each kind of expectation of a case: they return when it has come, and throw a
 * `Deviation` when something else has.
 *
 * @module
 */
import { FLAG_COMMAND, FLAG_MORE } from '../../protocol.ts';
import { commandBody } from '../raw-bytes.ts';
import type { Expected, Piece, Precondition } from './case.ts';
import { commandName, type Frame, parse, pattern, show, showFrame } from './bytes.ts';
import { complete, faultOf, readGreeting, socketTypeOf } from './handshake.ts';
import { Deviation, type Line } from './line.ts';
import { hasDelimiter, type Limits } from './pieces.ts';

/** What holds for a whole run. */
export type Conditions = {
  /** How long to wait for what must come, ms. */
  readonly time: number;
  /** What the user says of the peer. */
  readonly holds: ReadonlySet<Precondition>;
  readonly limits: Limits;
};

/** How long a peer that keeps silent is listened to before it counts as silent, ms. */
const QUIET = 200;
/** How much later than it must something may be done, ms. */
const LATE = 3000;
/** Types whose application, when it echoes, answers where it was asked. */
const ECHOING = ['REP', 'ROUTER', 'DEALER', 'PAIR'];

/** @throws {Deviation} when the peer does something else */
export async function expect(
  line: Line,
  expected: Expected,
  conditions: Conditions,
): Promise<void> {
  const { time } = conditions;
  if ('bytes' in expected) return expectBytes(line, expected, time);
  if ('greeting' in expected) return expectGreeting(line, expected.greeting, time);
  if ('handshake' in expected) return expectHandshake(line, time);
  if ('closes' in expected) return expectClose(line, expected, conditions);
  if ('refuses' in expected) return expectRefusal(line, time);
  if ('settles' in expected) return expectSettled(line, expected, time);
  if ('atMost' in expected) return expectAtMost(line, expected.atMost);
  if ('receives' in expected) return expectMessages(line, expected.receives, time);
  if ('echo' in expected) return expectEcho(line, expected.echo, conditions);
  if ('messages' in expected) return expectCount(line, expected.messages, time);
  if ('frames' in expected) return expectNone(line);
  if ('told' in expected) {
    return expected.told === 'whole' ? expectWhole(line, time) : expectTold(line, expected, time);
  }
  if ('untold' in expected) return expectUntold(line);
  if ('request' in expected) return expectRequest(line, time);
  if ('ping' in expected) return expectPing(line, time);
  throw new Error('only a runner can tell');
}

async function expectBytes(
  { wire }: Line,
  { bytes, orCloses }: Extract<Expected, { bytes: string }>,
  time: number,
): Promise<void> {
  const wanted = pattern(bytes);
  const differs = (got: Buffer): boolean =>
    wanted.some((byte, i) => byte !== undefined && i < got.length && got[i] !== byte);
  await wire.until(() => {
    const got = wire.unread;
    const isOver = got.length >= wanted.length || differs(got) || wire.closed !== undefined;
    return isOver || undefined;
  }, time);
  const got = wire.unread;
  if (orCloses === 'in any way' && differs(got)) {
    await wire.until(() => (wire.closed === undefined ? undefined : true), time);
  }
  if (wire.closed !== undefined) {
    if (orCloses === 'in any way' || (orCloses === 'silently' && got.length === 0)) return;
  }
  if (got.length < wanted.length || differs(got)) {
    const state = wire.closed === undefined ? '' : ', and closes';
    throw new Deviation(
      `${bytes}${orCloses !== undefined ? ', or to close' : ''}`,
      `${show(got)}${state}`,
    );
  }
}

async function expectGreeting(line: Line, what: string, time: number): Promise<void> {
  const greeting = await readGreeting(line, time);
  if (what === 'as-server') {
    const isServer = !('role' in line.security) || line.security.role === 'client';
    const wanted = line.security.mechanism !== 'NULL' && isServer ? 1 : 0;
    if (greeting[32] !== wanted) throw new Deviation(`as-server ${wanted}`, `${greeting[32]}`);
    return;
  }
  const fault = faultOf(greeting, line);
  if (fault !== undefined) {
    throw new Deviation('a greeting as the grammar has it', `${show(greeting)}: ${fault}`);
  }
}

async function expectHandshake(line: Line, time: number): Promise<void> {
  const properties = await complete(line, time);
  const type = socketTypeOf(properties);
  if (properties.size > 0 && type !== undefined && type !== line.subject.type) {
    throw new Deviation(`Socket-Type ${line.subject.type}`, type);
  }
}

async function expectClose(
  line: Line,
  expected: Extract<Expected, { closes: true }>,
  { time, limits }: Conditions,
): Promise<void> {
  const { wire } = line;
  const isClosed = (): true | undefined => (wire.closed === undefined ? undefined : true);
  const { having = 0, withError, isSilent } = expected;
  const after = expected.after === 'handshakeTime' ? limits.handshakeTime : expected.after;
  if (after !== undefined) {
    await wire.until(isClosed, after + Math.max(LATE, time));
    const elapsed = performance.now() - line.wroteAt;
    if (wire.closed === undefined || elapsed < 0.8 * after) {
      const when = wire.closed === undefined ? 'not' : 'already';
      throw new Deviation(
        `the connection to be closed after ${after} ms`,
        `it is ${when} closed after ${Math.round(elapsed)} ms`,
      );
    }
  } else if ((await wire.until(isClosed, Math.min(time, QUIET))) === undefined) {
    // A peer that deals with what comes later has not closed, and need not be waited for.
    const asks = line.isJoined && line.subject.answersPing;
    const isAlive = asks ? await line.sync(time) : await wire.until(isClosed, time - QUIET);
    if (wire.closed === undefined) {
      const got = asks && isAlive === true ? ', and it answers a PING' : '';
      throw new Deviation('the connection to be closed', `${line.describe()}${got}`);
    }
  }
  if (wire.received < having) {
    throw new Deviation(`${having} bytes before it closes`, `${wire.received}: ${line.describe()}`);
  }
  if (isSilent === true && wire.received > line.hadCome) {
    throw new Deviation('nothing before it closes', line.describe());
  }
  if (withError !== undefined) {
    line.pump();
    const error = line.commands.find(({ body }) => commandName(body) === 'ERROR');
    if (error === undefined) throw new Deviation('ERROR before it closes', line.describe());
    const reason = commandBody('ERROR', parse(withError));
    if (withError !== '' && !error.body.equals(reason)) {
      throw new Deviation(show(reason), showFrame(error));
    }
  }
}

async function expectRefusal(line: Line, time: number): Promise<void> {
  if (!line.subject.answersPing) return;
  // To be slow is not to refuse.
  if ((await line.sync(Math.max(time, LATE))) === true) {
    throw new Deviation('the connection to be closed, or not listened to', 'it answers a PING');
  }
}

async function expectSettled(
  line: Line,
  { settles, answers }: Extract<Expected, { settles: string }>,
  time: number,
): Promise<void> {
  const { wire } = line;
  if (line.subject.answersPing) {
    const isThere = await line.sync(time);
    if (isThere === false) {
      throw new Deviation('a PING to be answered by a PONG', line.describe());
    }
  } else await line.until(() => undefined, QUIET);
  if (wire.closed !== undefined) {
    if (settles === 'either') {
      line.pump();
      if (answers !== undefined && !answers.some((all) => isPrefix(line.commands, all))) {
        throw new Deviation(describeAnswers(answers), line.describe());
      }
      return;
    }
    throw new Deviation('the connection to stay', line.describe());
  }
  if (answers === undefined) return;
  if (!answers.some((all) => all.length === line.commands.length && isPrefix(line.commands, all))) {
    throw new Deviation(describeAnswers(answers), line.describe());
  }
  line.commands.length = 0;
}

function commandOf(piece: Piece): Buffer {
  if (typeof piece === 'string' || !('command' in piece)) throw new Error('not a command');
  return commandBody(piece.command, parse(piece.data ?? ''));
}

function isPrefix(got: readonly Frame[], wanted: readonly Piece[]): boolean {
  return got.every(({ flags, body }, i) => {
    const piece = wanted[i];
    return piece !== undefined && (flags & ~0x02) === FLAG_COMMAND && body.equals(commandOf(piece));
  });
}

function describeAnswers(answers: readonly (readonly Piece[])[]): string {
  return answers
    .map((all) => all.map((piece) => show(commandOf(piece))).join(', ') || 'no answer')
    .join(', or ');
}

function expectAtMost({ wire }: Line, count: number): void {
  if (wire.received > count) {
    throw new Deviation(`${count} bytes at most`, `${wire.received}: ${show(wire.unread)}`);
  }
}

async function nextMessage(line: Line, what: string, time: number): Promise<Frame[]> {
  const message = await line.until(() => line.messages.shift(), time);
  if (message === undefined) throw new Deviation(what, line.describe());
  return message;
}

async function expectMessages(
  line: Line,
  wanted: readonly (readonly string[])[],
  time: number,
): Promise<void> {
  for (const frames of wanted) {
    const what = `the message ${frames.join(' · ')}`;
    const message = await nextMessage(line, what, time);
    if (!isMessage(message, frames.map(parse))) {
      throw new Deviation(what, message.map(showFrame).join('; '));
    }
  }
}

/** Whether the frames are these, and each in its shortest form. */
function isMessage(got: readonly Frame[], wanted: readonly Buffer[]): boolean {
  return (
    got.length === wanted.length &&
    wanted.every((body, i) => got[i]?.body.equals(body) === true && isShortest(got[i]))
  );
}

function isShortest({ flags, body }: Frame): boolean {
  return (flags & 0x02) === 0 || body.length > 255;
}

async function expectEcho(
  line: Line,
  payloads: readonly (readonly string[])[],
  { time, holds }: Conditions,
): Promise<void> {
  const { type } = line.subject;
  if (!holds.has('echo') || !ECHOING.includes(type)) {
    return expectSettled(line, { settles: 'stays' }, time);
  }
  const delimiter = hasDelimiter(type) ? [''] : [];
  return expectMessages(
    line,
    payloads.map((frames) => [...delimiter, ...frames]),
    time,
  );
}

async function expectCount(line: Line, count: number, time: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await nextMessage(line, `a message of the application's own (number ${i + 1})`, time);
  }
}

function expectNone(line: Line): void {
  line.pump();
  if (line.messages.length + line.partial.length + line.commands.length > 0) {
    throw new Deviation('no frame', line.describe());
  }
}

async function expectTold(
  line: Line,
  { told, topic }: Extract<Expected, { told: 'subscribe' | 'cancel' }>,
  time: number,
): Promise<void> {
  const isCommand = line.hasCommands;
  const name = told === 'subscribe' ? 'SUBSCRIBE' : 'CANCEL';
  const start = isCommand
    ? commandBody(name, Buffer.alloc(0))
    : Buffer.of(told === 'subscribe' ? 1 : 0);
  const wanted = topic === undefined ? start : Buffer.concat([start, parse(topic)]);
  const flags = isCommand ? FLAG_COMMAND : 0;
  const fits = ({ body }: Frame): boolean =>
    topic === undefined ? body.subarray(0, wanted.length).equals(wanted) : body.equals(wanted);
  const found = await line.until(() => {
    const index = line.subscriptions.findIndex(
      (frame) => (frame.flags & ~0x02) === flags && fits(frame),
    );
    return index < 0 ? undefined : line.subscriptions.splice(index, 1)[0];
  }, time);
  if (found === undefined) {
    const others = line.subscriptions.map(showFrame).join('; ');
    const form = isCommand ? 'command' : 'message';
    throw new Deviation(`${show(wanted)} in a ${form}`, others === '' ? line.describe() : others);
  }
}

function expectUntold(line: Line): void {
  line.pump();
  const ends = line.subscriptions.filter(({ flags, body }) =>
    (flags & FLAG_COMMAND) === 0 ? body[0] === 0 : commandName(body) === 'CANCEL',
  );
  if (ends.length > 0)
    throw new Deviation('no end of a subscription', ends.map(showFrame).join('; '));
}

async function expectWhole(line: Line, time: number): Promise<void> {
  await line.until(() => undefined, Math.min(time, QUIET));
  const { wire, messages } = line;
  const isRest = wire.unread.length > 0 || messages.length > 0 || line.partial.length > 0;
  if (isRest) throw new Deviation('whole frames with subscriptions', line.describe());
}

async function expectRequest(line: Line, time: number): Promise<void> {
  const message = await nextMessage(line, 'a request', time);
  const [delimiter] = message;
  if (message.length < 2 || delimiter?.flags !== FLAG_MORE || delimiter.body.length > 0) {
    throw new Deviation('a request behind 01 00', message.map(showFrame).join('; '));
  }
}

async function expectPing(line: Line, time: number): Promise<void> {
  const ping = await line.until(() => line.pings.shift(), time);
  if (ping === undefined) throw new Deviation('a PING', line.describe());
  const data = ping.body.subarray(5);
  if (data.length < 2 || data.length > 18) {
    throw new Deviation(
      'a PING with a time to live and a context of 16 bytes at most',
      showFrame(ping),
    );
  }
}
