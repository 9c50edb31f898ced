import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { type Frames, Pipe, type PipeOwner } from '../../src/pipe.ts';
import { ReceiveBudget, weigh } from '../../src/receive-budget.ts';
import { format, parse } from './pipes.ts';

/** Writes down what it is told. */
class Owner implements PipeOwner {
  readonly log: string[] = [];
  onWritable: () => void = () => {};
  onReadable: () => void = () => {};

  pipeReadable(): void {
    this.log.push('readable');
    this.onReadable();
  }

  pipeWritable(): void {
    this.log.push('writable');
    this.onWritable();
  }

  pipeStatusChanged(pipe: Pipe): void {
    this.log.push(pipe.isConnected ? 'connected' : 'disconnected');
  }

  pipeClosed(): void {
    this.log.push('closed');
  }

  pipeSubscription(_pipe: Pipe, frame: Uint8Array): void {
    this.log.push(`subscription ${Buffer.from(frame).toString('latin1')}`);
  }

  pipeFinished(): void {
    this.log.push('finished');
  }

  pipeHangUp(_pipe: Pipe, error: ProtocolError | undefined): void {
    this.log.push(`hang up${error === undefined ? '' : `: ${error.reason}`}`);
  }
}

type Setup = {
  readonly highWaterMark?: number;
  readonly writerIsShared?: boolean;
  readonly readerIsShared?: boolean;
  /** Both ends, as those of one pipe are. */
  readonly isConflating?: boolean;
  /** That of the reader. */
  readonly budget?: ReceiveBudget;
};

function makePipe(setup: Setup = {}): {
  writer: Pipe;
  reader: Pipe;
  writing: Owner;
  reading: Owner;
} {
  const writing = new Owner();
  const reading = new Owner();
  const [writer, reader] = Pipe.pair(
    {
      owner: writing,
      highWaterMark: setup.highWaterMark ?? 0,
      isShared: setup.writerIsShared ?? false,
      isConflating: setup.isConflating ?? false,
    },
    {
      owner: reading,
      highWaterMark: 0,
      isShared: setup.readerIsShared ?? false,
      isConflating: setup.isConflating ?? false,
      ...(setup.budget && { budget: setup.budget }),
    },
  );
  return { writer, reader, writing, reading };
}

function readAll(pipe: Pipe): string[] {
  const messages: string[] = [];
  for (let frames = pipe.read(); frames; frames = pipe.read()) messages.push(format(frames) ?? '');
  return messages;
}

describe('messages', () => {
  test('come out at the other end in order', () => {
    const { writer, reader } = makePipe();
    for (const text of ['a', 'b|c', '']) writer.write(parse(text));
    expect(reader.unread).toBe(3);
    expect(writer.unread).toBe(0);
    expect(readAll(reader)).toEqual(['a', 'b|c', '']);
  });

  test('go both ways', () => {
    const { writer, reader } = makePipe();
    writer.write(parse('there'));
    reader.write(parse('back'));
    expect(readAll(writer)).toEqual(['back']);
    expect(readAll(reader)).toEqual(['there']);
  });
});

describe('a reader', () => {
  test('is told once, after it has found nothing', () => {
    const { writer, reader, reading } = makePipe();
    writer.write(parse('a'));
    expect(reading.log).toEqual([]);
    expect(readAll(reader)).toEqual(['a']);
    writer.write(parse('b'));
    writer.write(parse('c'));
    expect(reading.log).toEqual(['readable']);
    expect(readAll(reader)).toEqual(['b', 'c']);
    writer.write(parse('d'));
    expect(reading.log).toEqual(['readable', 'readable']);
  });

  test('may turn to something else', () => {
    const { writer, reader, reading } = makePipe();
    expect(reader.read()).toBeUndefined();
    reader.stopWaiting();
    writer.write(parse('a'));
    expect(reading.log).toEqual([]);
    expect(readAll(reader)).toEqual(['a']);
  });

  test('may read while it is told', () => {
    const { writer, reader, reading } = makePipe();
    const seen: string[] = [];
    reading.onReadable = () => seen.push(...readAll(reader));
    readAll(reader);
    writer.write(parse('a'));
    writer.write(parse('b'));
    expect(seen).toEqual(['a', 'b']);
  });
});

describe('peek', () => {
  test('answers with what read would, and leaves it there', () => {
    const { writer, reader } = makePipe({ highWaterMark: 1 });
    expect(reader.peek()).toBeUndefined();
    writer.write(parse('a'));
    writer.write(parse('b'));
    expect(format(reader.peek())).toBe('a');
    expect(format(reader.peek())).toBe('a');
    expect([reader.unread, writer.canWrite]).toEqual([2, false]);
    const next = reader.peek();
    expect(reader.read()).toBe(next);
    expect(format(reader.peek())).toBe('b');
  });

  test('in vain does not ask to be told', () => {
    const { writer, reader, reading } = makePipe();
    reader.peek();
    writer.write(parse('a'));
    expect(reading.log).toEqual([]);
  });
});

describe('a reader that waits', () => {
  test('without having read is told of the next message, and only of that', () => {
    const { writer, reader, reading } = makePipe();
    reader.startWaiting();
    writer.write(parse('a'));
    writer.write(parse('b'));
    expect(reading.log).toEqual(['readable']);
  });
});

describe('ends that conflate', () => {
  test('keep the last message only, in each direction', () => {
    const { writer, reader } = makePipe({ isConflating: true });
    for (const text of ['a', 'b|c', 'd|e']) {
      writer.write(parse(text));
      reader.write(parse(`re ${text}`));
    }
    expect([reader.unread, writer.unread]).toEqual([1, 1]);
    expect([readAll(reader), readAll(writer)]).toEqual([['d|e'], ['re d|e']]);
    writer.write(parse('f'));
    expect(readAll(reader)).toEqual(['f']);
  });

  test('are never full, whatever the mark', () => {
    const { writer, reader, writing } = makePipe({ isConflating: true, highWaterMark: 1 });
    for (const text of ['a', 'b']) writer.write(parse(text));
    expect(writer.canWrite).toBe(true);
    writer.setHighWaterMark(1);
    reader.setReceiveHighWaterMark(1);
    writer.write(parse('c'));
    expect(writer.canWrite).toBe(true);
    expect(readAll(reader)).toEqual(['c']);
    expect(writing.log).toEqual([]);
  });

  test('tell a reader that waits of the first message', () => {
    const { writer, reader, reading } = makePipe({ isConflating: true });
    reader.read();
    writer.write(parse('a'));
    writer.write(parse('b'));
    expect(reading.log).toEqual(['readable']);
    expect(readAll(reader)).toEqual(['b']);
  });

  test('still copy the small frames of a program', () => {
    const { writer, reader } = makePipe({ isConflating: true, writerIsShared: true });
    const frame = Buffer.from('a');
    writer.write([frame]);
    frame.fill('b');
    expect(readAll(reader)).toEqual(['a']);
  });
});

describe('the budget of the reader', () => {
  /** What a message of one frame counts beside its bytes. */
  const FRAME = weigh([Buffer.alloc(0)]);
  const ofSize = (size: number): Frames => [Buffer.alloc(size)];

  /** One pipe for each high-water mark, and a budget for as many such messages as `fits`. */
  function makePipes(fits: number, marks: number[] = [0], isConflating = false) {
    const tasks: (() => void)[] = [];
    const budget = new ReceiveBudget(fits * (1000 + FRAME), (task) => tasks.push(task));
    const pipes = marks.map((highWaterMark) => makePipe({ highWaterMark, budget, isConflating }));
    const runTasks = (): void => {
      for (const task of tasks.splice(0)) task();
    };
    return { budget, pipes, first: pipes[0] as (typeof pipes)[0], runTasks };
  }

  test('counts the messages that wait, and the writer that fills it waits until half is read', () => {
    const { budget, first, runTasks } = makePipes(4);
    const { writer, reader, writing } = first;
    for (let i = 0; i < 3; i++) writer.write(ofSize(1000));
    expect(writer.canWrite).toBe(true);
    writer.write(ofSize(1000));
    expect(budget.size).toBe(4 * (1000 + FRAME));
    expect(writer.canWrite).toBe(false);
    reader.read();
    runTasks();
    expect(writer.canWrite).toBe(false);
    reader.read();
    expect(writer.canWrite).toBe(false);
    runTasks();
    expect(writer.canWrite).toBe(true);
    expect(writing.log).toEqual(['writable']);
  });

  test('holds back each writer that writes, and tells all of them of room', () => {
    const { pipes, first, runTasks } = makePipes(2, [0, 0, 0]);
    first.writer.write(ofSize(2000 + FRAME));
    for (const { writer } of pipes.slice(1)) {
      expect(writer.canWrite).toBe(true);
      writer.write(ofSize(1));
      expect(writer.canWrite).toBe(false);
    }
    readAll(first.reader);
    runTasks();
    expect(pipes.map(({ writer }) => writer.canWrite)).toEqual([true, true, true]);
  });

  test('does not hold back a writer whose message is read at once', () => {
    const { budget, first } = makePipes(1);
    const { writer, reader, reading } = first;
    reading.onReadable = () => readAll(reader);
    reader.startWaiting();
    writer.write(ofSize(5000));
    expect(writer.canWrite).toBe(true);
    expect(budget.size).toBe(0);
  });

  test('and the high-water mark both have to have room', () => {
    const { first, pipes, runTasks } = makePipes(4, [2, 0]);
    first.writer.write(ofSize(1));
    pipes[1]?.writer.write(ofSize(10_000));
    first.writer.write(ofSize(1));
    expect(first.writer.canWrite).toBe(false);
    readAll(first.reader);
    runTasks();
    expect(first.writer.canWrite).toBe(false);
    pipes[1]?.reader.read();
    runTasks();
    expect(first.writer.canWrite).toBe(true);
    first.writer.write(ofSize(1));
    first.writer.write(ofSize(1));
    expect(first.writer.canWrite).toBe(false);
    runTasks();
    expect(first.writer.canWrite).toBe(false);
    first.reader.read();
    expect(first.writer.canWrite).toBe(true);
  });

  test('holds a writer back though its high-water mark is raised', () => {
    const { first, runTasks } = makePipes(1, [1]);
    first.writer.write(ofSize(1000));
    first.writer.setHighWaterMark(10);
    expect(first.writer.canWrite).toBe(false);
    first.reader.read();
    runTasks();
    expect(first.writer.canWrite).toBe(true);
  });

  test('has the room again of what an end drops that closes', () => {
    const { budget, pipes, first, runTasks } = makePipes(1, [0, 0]);
    first.writer.write(ofSize(3000));
    pipes[1]?.writer.write(ofSize(1));
    first.reader.close();
    runTasks();
    expect(pipes[1]?.writer.canWrite).toBe(true);
    pipes[1]?.reader.read();
    expect(budget.size).toBe(0);
  });

  test('counts on what a closed writer has left, and tells it nothing', () => {
    const { budget, first, runTasks } = makePipes(1);
    const { writer, reader, writing } = first;
    writer.write(ofSize(1000));
    writer.close();
    expect(budget.size).toBe(1000 + FRAME);
    readAll(reader);
    runTasks();
    expect(budget.size).toBe(0);
    expect(writing.log).toEqual([]);
  });

  test('has one message of a pipe that conflates', () => {
    const { budget, first } = makePipes(2, [0], true);
    for (let i = 0; i < 5; i++) first.writer.write(ofSize(1000));
    expect(budget.size).toBe(1000 + FRAME);
    expect(first.writer.canWrite).toBe(true);
  });

  test('has nothing of a pipe that is not counted, until it is', () => {
    const { budget, first } = makePipes(2);
    const { writer, reader } = first;
    reader.setCounted(false);
    for (let i = 0; i < 3; i++) writer.write([Buffer.alloc(1000, `${i}`)]);
    expect(budget.size).toBe(0);
    expect(writer.canWrite).toBe(true);
    reader.setCounted(true);
    expect(budget.size).toBe(3 * (1000 + FRAME));
    expect(readAll(reader).map((text) => text[0])).toEqual(['0', '1', '2']);
    expect(budget.size).toBe(0);
  });
});

describe('the high-water mark', () => {
  /** How many may wait before the writer is full, and at how many it hears of room again. */
  test.each([
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 2],
    [10, 5],
    [1000, 500],
  ])('%i: room again when %i are left', (highWaterMark, low) => {
    const { writer, reader, writing } = makePipe({ highWaterMark });
    for (let i = 0; i < highWaterMark; i++) {
      expect(writer.canWrite).toBe(true);
      writer.write(parse('x'));
    }
    expect(writer.canWrite).toBe(false);
    while (reader.unread > low + 1) {
      reader.read();
      expect(writer.canWrite).toBe(false);
    }
    expect(writing.log).toEqual([]);
    reader.read();
    expect(reader.unread).toBe(low);
    expect(writer.canWrite).toBe(true);
    expect(writing.log).toEqual(['writable']);
    readAll(reader);
    expect(writing.log).toEqual(['writable']);
  });

  test('0 is none', () => {
    const { writer, reader, writing } = makePipe({ highWaterMark: 0 });
    for (let i = 0; i < 5000; i++) writer.write(parse('x'));
    expect(writer.canWrite).toBe(true);
    expect(readAll(reader)).toHaveLength(5000);
    expect(writing.log).toEqual([]);
  });

  test('a message beyond it is taken too', () => {
    const { writer, reader, writing } = makePipe({ highWaterMark: 2 });
    for (const text of ['a', 'b', 'c', 'd']) writer.write(parse(text));
    expect(reader.unread).toBe(4);
    reader.read();
    reader.read();
    expect(writing.log, 'two still wait').toEqual([]);
    reader.read();
    expect(writing.log).toEqual(['writable']);
  });

  test('each direction has its own', () => {
    const { writer, reader } = makePipe({ highWaterMark: 1 });
    writer.write(parse('x'));
    expect(writer.canWrite).toBe(false);
    expect(reader.canWrite).toBe(true);
  });

  test('the writer may write from inside the notice', () => {
    const { writer, reader, writing } = makePipe({ highWaterMark: 2 });
    writing.onWritable = () => {
      while (writer.canWrite) writer.write(parse('more'));
    };
    writer.write(parse('a'));
    writer.write(parse('b'));
    expect([reader.read(), reader.read(), reader.read()].map(format)).toEqual(['a', 'b', 'more']);
    expect(reader.unread).toBe(2);
  });

  test('raising it makes room at once', () => {
    const { writer, writing } = makePipe({ highWaterMark: 2 });
    writer.write(parse('a'));
    writer.write(parse('b'));
    writer.setHighWaterMark(10);
    expect(writer.canWrite).toBe(true);
    expect(writing.log).toEqual(['writable']);
  });

  test('taking it away makes room at once', () => {
    const { reader, writer, writing } = makePipe({ highWaterMark: 2 });
    writer.write(parse('a'));
    writer.write(parse('b'));
    reader.setReceiveHighWaterMark(0);
    expect(writer.canWrite).toBe(true);
    expect(writing.log).toEqual(['writable']);
  });

  test('lowering it below what waits stops the writer', () => {
    const { writer, reader, writing } = makePipe({ highWaterMark: 10 });
    for (let i = 0; i < 4; i++) writer.write(parse('x'));
    writer.setHighWaterMark(4);
    expect(writer.canWrite).toBe(false);
    reader.read();
    expect(writer.canWrite).toBe(false);
    reader.read();
    expect(writer.canWrite).toBe(true);
    expect(writing.log).toEqual(['writable']);
  });

  test('the reader’s end can set it', () => {
    const { writer, reader } = makePipe({ highWaterMark: 10 });
    reader.setReceiveHighWaterMark(1);
    writer.write(parse('x'));
    expect(writer.canWrite).toBe(false);
    expect(reader.canWrite).toBe(true);
  });
});

describe('retract', () => {
  test('takes a message back that waits', () => {
    const { writer, reader } = makePipe();
    const [a, b, c] = [parse('a'), parse('b'), parse('c')];
    for (const each of [a, b, c]) writer.write(each);
    expect(writer.retract(b)).toBe(true);
    expect(readAll(reader)).toEqual(['a', 'c']);
  });

  test('comes too late for one that has been read', () => {
    const { writer, reader } = makePipe();
    const a = parse('a');
    writer.write(a);
    reader.read();
    expect(writer.retract(a)).toBe(false);
  });

  test('goes by the message, not by its content', () => {
    const { writer, reader } = makePipe();
    writer.write(parse('a'));
    expect(writer.retract(parse('a'))).toBe(false);
    expect(reader.unread).toBe(1);
  });

  test('knows a message whose frames were copied', () => {
    const { writer, reader } = makePipe({ writerIsShared: true });
    const a = parse('a');
    writer.write(a);
    expect(writer.retract(a)).toBe(true);
    expect(reader.unread).toBe(0);
  });

  test('makes room', () => {
    const { writer, writing } = makePipe({ highWaterMark: 1 });
    const a = parse('a');
    writer.write(a);
    expect(writer.canWrite).toBe(false);
    writer.retract(a);
    expect(writer.canWrite).toBe(true);
    expect(writing.log).toEqual(['writable']);
  });
});

describe('frames of a program that uses its memory again', () => {
  function writeAndChange(setup: Setup, length: number, isWaiting: boolean): string {
    const { writer, reader, reading } = makePipe({ writerIsShared: true, ...setup });
    let taken: Frames | undefined;
    if (isWaiting) {
      reading.onReadable = () => {
        taken = reader.read();
      };
      reader.read();
    }
    const frame = Buffer.alloc(length, 'a');
    writer.write([frame]);
    frame.fill('b');
    return Buffer.from((taken ?? reader.read())?.[0] ?? []).toString('latin1', 0, 1);
  }

  test('up to 128 bytes are copied when the message waits', () => {
    expect(writeAndChange({}, 1, false)).toBe('a');
    expect(writeAndChange({}, 128, false)).toBe('a');
    expect(writeAndChange({}, 129, false)).toBe('b');
  });

  test('are not when it is taken at once by a session, which encodes it', () => {
    expect(writeAndChange({}, 1, true)).toBe('b');
  });

  test('are for another socket, which takes its time', () => {
    expect(writeAndChange({ readerIsShared: true }, 128, true)).toBe('a');
    expect(writeAndChange({ readerIsShared: true }, 129, true)).toBe('b');
  });

  test('are not when they come from a session, to whom they belong', () => {
    expect(writeAndChange({ writerIsShared: false }, 1, false)).toBe('b');
  });

  test('stay the caller’s: the array that is copied into is the message', () => {
    const { writer, reader } = makePipe({ writerIsShared: true });
    const [small, large] = [Buffer.alloc(10, 's'), Buffer.alloc(500, 'l')];
    writer.write([small, large]);
    const frames = reader.read();
    expect(frames?.[0]).not.toBe(small);
    expect(frames?.[1]).toBe(large);
  });
});

describe('the connection behind', () => {
  test('is told to the other end, once for each change', () => {
    const { writer, reader, writing, reading } = makePipe();
    expect(reader.isConnected).toBe(false);
    writer.setConnected(true);
    writer.setConnected(true);
    expect(reader.isConnected).toBe(true);
    expect(writer.isConnected).toBe(false);
    writer.setConnected(false);
    expect(reading.log).toEqual(['connected', 'disconnected']);
    expect(writing.log).toEqual([]);
  });

  test('can be asked to be dropped', () => {
    const { writer, reader, reading, writing } = makePipe();
    writer.hangUp();
    writer.hangUp(new ProtocolError('it lied'));
    expect(reading.log).toEqual(['hang up', 'hang up: it lied']);
    expect(writing.log).toEqual([]);
    reader.close();
    writer.hangUp();
    expect(reading.log).toHaveLength(2);
  });
});

describe('finish', () => {
  test('is told to the other end, who still has what was written', () => {
    const { writer, reader, reading, writing } = makePipe();
    writer.write(parse('a'));
    writer.finish();
    expect(reading.log).toEqual(['finished']);
    expect(writing.log).toEqual([]);
    expect([writer.isClosed, reader.isClosed]).toEqual([false, false]);
    expect(readAll(reader)).toEqual(['a']);
  });

  test('is nothing when either end is closed', () => {
    const { writer, reader, reading } = makePipe();
    reader.close();
    writer.finish();
    expect(reading.log).toEqual([]);
  });
});

describe('retire', () => {
  test('says goodbye to the other end, and leaves what it has written to be read', () => {
    const { writer, reader, reading } = makePipe();
    writer.write(parse('a'));
    writer.retire();
    expect(reading.log).toEqual(['closed']);
    expect(reader.isClosed).toBe(false);
    expect(readAll(reader)).toEqual(['a']);
    reader.write(parse('b'));
    expect(readAll(writer)).toEqual(['b']);
    writer.close();
    writer.retire();
    expect(reading.log).toEqual(['closed', 'closed']);
  });
});

describe('a routing id', () => {
  test('is told to the other end', () => {
    const { writer, reader } = makePipe();
    expect(reader.routingId).toHaveLength(0);
    writer.introduce(Buffer.from('writer'));
    expect(String(reader.routingId)).toBe('writer');
    expect(writer.routingId).toHaveLength(0);
  });

  test('that the other end has given is kept', () => {
    const { writer, reader } = makePipe();
    reader.routingId = Buffer.from('given');
    writer.introduce(Buffer.from('writer'));
    expect(String(reader.routingId)).toBe('given');
  });

  test('that is told again is the first', () => {
    const { writer, reader } = makePipe();
    writer.introduce(Buffer.alloc(0));
    writer.introduce(Buffer.from('first'));
    writer.introduce(Buffer.from('second'));
    expect(String(reader.routingId)).toBe('first');
  });
});

describe('a subscription', () => {
  const SUBSCRIBE = parse('\u0001topic')[0] as Uint8Array;

  test('goes past the messages to a session, full or not', () => {
    const { writer, reader, reading } = makePipe({ highWaterMark: 1, writerIsShared: true });
    writer.write(parse('a'));
    writer.sendSubscription(SUBSCRIBE);
    expect(reading.log).toEqual(['subscription \u0001topic']);
    expect(readAll(reader)).toEqual(['a']);
  });

  test('is a message between sockets, full or not', () => {
    const setup = { highWaterMark: 1, writerIsShared: true, readerIsShared: true };
    const { writer, reader, reading } = makePipe(setup);
    writer.write(parse('a'));
    writer.sendSubscription(SUBSCRIBE);
    expect(reading.log).toEqual([]);
    expect(readAll(reader)).toEqual(['a', '\u0001topic']);
  });

  test('to an end that is closed is dropped', () => {
    for (const readerIsShared of [false, true]) {
      const { writer, reader, reading } = makePipe({ writerIsShared: true, readerIsShared });
      reader.close();
      writer.sendSubscription(SUBSCRIBE);
      expect([reader.unread, reading.log]).toEqual([0, []]);
    }
  });
});

describe('close', () => {
  test('is told to the other end, once', () => {
    const { writer, writing, reading } = makePipe();
    writer.close();
    writer.close();
    expect(reading.log).toEqual(['closed']);
    expect(writing.log).toEqual([]);
  });

  test('of both ends is told to the one that did not begin', () => {
    const { writer, reader, writing, reading } = makePipe();
    writer.close();
    reader.close();
    expect(reading.log).toEqual(['closed']);
    expect(writing.log).toEqual([]);
  });

  test('leaves what was written to be read', () => {
    const { writer, reader } = makePipe();
    writer.write(parse('a'));
    writer.write(parse('b'));
    writer.close();
    expect(reader.isClosed).toBe(true);
    expect(readAll(reader)).toEqual(['a', 'b']);
  });

  test('drops what was not read', () => {
    const { writer, reader } = makePipe();
    writer.write(parse('a'));
    reader.close();
    expect(reader.unread).toBe(0);
    expect(reader.read()).toBeUndefined();
  });

  test('ends writing at both ends', () => {
    for (const end of ['writer', 'reader'] as const) {
      const pipe = makePipe();
      pipe[end].close();
      expect(pipe.writer.canWrite).toBe(false);
      expect(pipe.reader.canWrite).toBe(false);
      expect(pipe.writer.isClosed).toBe(true);
    }
  });

  test('a message to a closed end is dropped', () => {
    const { writer, reader, reading } = makePipe();
    reader.read();
    reader.close();
    writer.write(parse('late'));
    expect(reader.unread).toBe(0);
    expect(reading.log).toEqual([]);
  });

  test('silences everything else', () => {
    const { writer, reader, writing, reading } = makePipe({ highWaterMark: 1 });
    writer.write(parse('a'));
    writer.close();
    reading.log.length = 0;
    reader.read();
    writer.setConnected(true);
    reader.setConnected(true);
    reader.hangUp();
    writer.setHighWaterMark(10);
    expect(writing.log).toEqual([]);
    expect(reading.log.filter((entry) => entry !== 'connected')).toEqual([]);
  });
});

test('joinsSockets', () => {
  const one = makePipe({ writerIsShared: true, readerIsShared: true });
  expect(one.writer.joinsSockets).toBe(true);
  expect(makePipe({ writerIsShared: true }).writer.joinsSockets).toBe(false);
});

describe('a subscription', () => {
  test('is handed to the other end, and is no message', () => {
    const { writer, reader, reading, writing } = makePipe({
      writerIsShared: true,
      highWaterMark: 1,
    });
    writer.write(parse('x'));
    writer.sendSubscription(parse('\x01topic')[0] as Uint8Array);
    expect(reading.log).toEqual(['subscription \x01topic']);
    expect(reader.unread).toBe(1);
    reader.close();
    writer.sendSubscription(parse('\0topic')[0] as Uint8Array);
    expect(reading.log).toHaveLength(1);
    expect(writing.log).toEqual(['closed']);
  });

  test('is a message beyond the high-water mark between sockets', () => {
    const { writer, reader, reading } = makePipe({
      writerIsShared: true,
      readerIsShared: true,
      highWaterMark: 1,
    });
    writer.write(parse('x'));
    expect(writer.canWrite).toBe(false);
    writer.sendSubscription(parse('\x01topic')[0] as Uint8Array);
    expect(reading.log).toEqual([]);
    expect(readAll(reader)).toEqual(['x', '\x01topic']);
  });
});
