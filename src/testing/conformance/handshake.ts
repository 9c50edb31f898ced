/**
 * Brings a connection to traffic, in the part that the run plays in its mechanism.
 *
 * @module
 */
import { CurveServer, decodeMetadata, FLAG_COMMAND, findProperty } from '../../protocol.ts';
import { commandBody } from '../raw-bytes.ts';
import type { GreetingFields, InitiateFields, JoinFields, MetadataFields } from './case.ts';
import { commandName, type Frame, parse, show, showFrame, shortest } from './bytes.ts';
import { CurveClientSide, sealOf } from './curve.ts';
import { Deviation, GREETING_SIZE, type Line } from './line.ts';
import { greetingBytes, metadataBytes, plainHello, typeName } from './pieces.ts';

/** Exchanges greetings: the peer's, whole. */
export async function greet(
  line: Line,
  fields: GreetingFields,
  time: number,
  isBytewise = false,
): Promise<Buffer> {
  const bytes = greetingBytes(fields, line.security);
  line.minor = fields.minor ?? 1;
  if (isBytewise) await writeBytewise(line, bytes);
  else line.write(bytes);
  const greeting = await readGreeting(line, time);
  const { security } = line;
  if (security.mechanism === 'CURVE' && security.role === 'client') {
    line.curve = new CurveClientSide(security.box, security.serverKey, security.keys);
  }
  return greeting;
}

/** The peer's greeting, whether it has been read or is still to come. */
export async function readGreeting(line: Line, time: number): Promise<Buffer> {
  const { wire } = line;
  await wire.until(() => {
    line.greeting ??= wire.tryRead(GREETING_SIZE);
    return line.greeting ?? wire.closed;
  }, time);
  if (line.greeting === undefined) throw new Deviation('a greeting of 64 bytes', line.describe());
  return line.greeting;
}

/** A whole handshake up to our last word; the answer to it is not waited for. */
export async function offer(line: Line, fields: JoinFields, time: number): Promise<void> {
  const { greeting = {}, metadata = {}, isBytewise = false } = fields;
  await greet(line, greeting, time, isBytewise);
  const say = async (body: Buffer): Promise<void> => {
    const bytes = shortest(FLAG_COMMAND, body);
    if (isBytewise) await writeBytewise(line, bytes);
    else line.write(bytes);
  };
  const { security, subject } = line;
  const properties = metadataBytes(metadata, subject.type);
  switch (security.mechanism) {
    case 'NULL':
      await say(commandBody('READY', properties));
      return;
    case 'PLAIN':
      if (security.role === 'client') {
        await say(plainHello(security));
        await hear(line, 'WELCOME', time);
        await say(commandBody('INITIATE', properties));
        return;
      }
      await hear(line, 'HELLO', time);
      await say(commandBody('WELCOME', Buffer.alloc(0)));
      line.properties = decode(await hear(line, 'INITIATE', time));
      await say(commandBody('READY', properties));
      line.isJoined = true;
      return;
    case 'CURVE':
      if (security.role === 'client') {
        const { curve } = line;
        if (curve === undefined) throw new Error('no greeting');
        await say(curve.hello());
        await say(await initiateBody(line, metadata, time));
        return;
      }
      await curveServer(line, metadata, time);
      return;
    default: {
      const unreachable: never = security;
      return unreachable;
    }
  }
}

/** INITIATE in answer to the WELCOME that comes. */
export async function initiateBody(
  line: Line,
  fields: InitiateFields,
  time: number,
): Promise<Buffer> {
  const { curve, subject } = line;
  if (curve === undefined) throw new Error('not CURVE');
  const welcome = await hear(line, 'WELCOME', time);
  try {
    return curve.initiate(welcome.body, fields, metadataBytes(fields, subject.type));
  } catch (error) {
    throw new Deviation('a WELCOME of CURVE', (error as Error).message);
  }
}

/** The peer's last word; then traffic begins. Answers with the peer's properties. */
export async function complete(line: Line, time: number): Promise<ReadonlyMap<string, Uint8Array>> {
  if (line.isJoined) return line.properties;
  await readGreeting(line, time);
  const ready = await hear(line, 'READY', time);
  try {
    const { curve } = line;
    const data = curve === undefined ? ready.body.subarray(6) : curve.openReady(ready.body);
    const properties = decodeMetadata(data);
    if (curve !== undefined) line.wire.seal = curve;
    line.isJoined = true;
    return properties;
  } catch (error) {
    throw new Deviation('a READY', `${(error as Error).message}: ${show(ready.body)}`);
  }
}

function decode({ body }: Frame): ReadonlyMap<string, Uint8Array> {
  try {
    return decodeMetadata(body.subarray(1 + (body[0] ?? 0)));
  } catch (error) {
    throw new Deviation('properties', `${(error as Error).message}: ${show(body)}`);
  }
}

/** The Socket-Type among properties. */
export function socketTypeOf(properties: ReadonlyMap<string, Uint8Array>): string | undefined {
  const value = findProperty(properties, 'Socket-Type');
  return value === undefined ? undefined : Buffer.from(value).toString('latin1');
}

/** The next frame, which has to be a command of this name. */
async function hear(line: Line, name: string, time: number): Promise<Frame> {
  // Not all that has come is sorted: behind this frame others may be sealed.
  const frame = await line.wire.until(
    () =>
      line.commands.shift() ??
      line.wire.tryFrame() ??
      (line.wire.closed === undefined ? undefined : 'closed'),
    time,
  );
  if (frame === undefined || frame === 'closed') throw new Deviation(name, line.describe());
  if (frame.flags !== FLAG_COMMAND && frame.flags !== (FLAG_COMMAND | 0x02)) {
    throw new Deviation(`${name}, a command frame`, showFrame(frame));
  }
  if (commandName(frame.body) !== name) throw new Deviation(name, showFrame(frame));
  return frame;
}

async function curveServer(line: Line, metadata: MetadataFields, time: number): Promise<void> {
  const { security, subject } = line;
  if (security.mechanism !== 'CURVE' || security.role !== 'server') throw new Error('not CURVE');
  const own = new Map([['Socket-Type', Buffer.from(typeName(metadata, subject.type))]]);
  const server = new CurveServer(own, { box: security.box, keys: security.keys });
  for (const name of ['HELLO', 'INITIATE']) {
    const { body } = await hear(line, name, time);
    try {
      const step = server.receive(body);
      if ('send' in step && step.send !== undefined)
        line.write(shortest(FLAG_COMMAND, Buffer.from(step.send)));
      if (step.type !== 'done' || step.cipher === undefined) continue;
      line.wire.seal = sealOf(step.cipher);
      line.properties = step.metadata;
    } catch (error) {
      throw new Deviation(`a ${name} of CURVE`, (error as Error).message);
    }
  }
  line.isJoined = true;
}

/** One write and one turn of the event loop for each byte. */
export async function writeBytewise(line: Line, bytes: Buffer): Promise<void> {
  for (let i = 0; i < bytes.length; i++) {
    line.write(bytes.subarray(i, i + 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The structure of a greeting: what is wrong with it, if anything. */
export function faultOf(greeting: Buffer, line: Line): string | undefined {
  const mechanism = Buffer.alloc(20);
  mechanism.write(line.security.mechanism, 'latin1');
  if (greeting[0] !== 0xff) return 'it does not begin with FF';
  if (((greeting[9] ?? 0) & 1) === 0) return 'bit 0 of byte 9 is not set';
  if (greeting[10] !== 3) return `its major version is ${greeting[10]}`;
  if (!greeting.subarray(12, 32).equals(mechanism)) {
    return `its mechanism is ${show(greeting.subarray(12, 32))}`;
  }
  if (line.security.mechanism === 'NULL' && greeting[32] !== 0) return 'as-server is not 0';
  if (!greeting.subarray(33).equals(parse('00*31'))) return 'its filler is not zero';
  return undefined;
}
