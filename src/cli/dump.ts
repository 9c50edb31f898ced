/**
 * `zmtp dump`: what two peers say to each other, byte by byte: through a relay, from a capture, or from hex.
 *
 * @module
 */
import { text } from 'node:stream/consumers';
import { Dissector, type DissectorOptions } from '../protocol.ts';
import { type Command, defineCommand, UsageError } from './command.ts';
import { Capture, readCapture } from './dump/capture.ts';
import { parseHex } from './dump/hex.ts';
import { CaptureError } from './dump/packets.ts';
import { Printer } from './dump/printer.ts';
import { relay } from './dump/relay.ts';
import { EXIT, interruption } from './exit.ts';

const STARTS = ['greeting', 'handshake', 'traffic'] as const;
const MAX_PORT = 65_535;

export const dump: Command = defineCommand({
  usage: '--listen ENDPOINT --to ENDPOINT | FILE | --hex [options]',
  about:
    'Prints what two peers say to each other: each field of each frame with its offset, its bytes and its meaning, and, where\n' +
    'a byte breaks a rule, the rule. Of a connection that it relays (tcp or ipc) until Ctrl-C; of a capture in pcap or pcapng\n' +
    '(- for the standard input); or of hex on the standard input, which is one side. → is said by the side that connects,\n' +
    '← by the other. Exit code 1: a rule was broken.',
  options: {
    listen: { type: 'text', value: 'ENDPOINT', about: 'relay what connects here' },
    to: { type: 'text', value: 'ENDPOINT', about: 'where to relay it to' },
    hex: { type: 'flag', about: 'read hex from the standard input' },
    port: {
      type: 'texts',
      value: 'NUMBER',
      about: 'of a capture: connections with this port, whatever they say; again for more',
    },
    start: {
      type: 'text',
      value: 'PLACE',
      about: `what the first bytes are: ${STARTS.join(', ')}`,
      initial: 'greeting',
    },
    mechanism: {
      type: 'text',
      value: 'NAME',
      about: 'the mechanism, where no greeting says it',
      initial: 'NULL',
    },
    bytes: {
      type: 'number',
      value: 'N',
      about: 'bytes of each item (8, with --json 64)',
      most: 65_536,
    },
    json: { type: 'flag', about: 'one line of JSON for each item' },
  },
  examples: [
    'zmtp dump --listen tcp://127.0.0.1:5556 --to tcp://127.0.0.1:5555',
    'zmtp dump capture.pcap --port 5555',
    'tcpdump -i any -U -w - port 5555 | zmtp dump -',
    "echo '04 07 04 50494e47 0000' | zmtp dump --hex --start traffic",
  ],
  least: 0,
  most: 1,
  run: async ([file], options) => {
    const { listen, to, hex, json } = options;
    const isRelay = listen !== undefined || to !== undefined;
    if ([file !== undefined, hex, isRelay].filter(Boolean).length !== 1) {
      throw new UsageError('a FILE, --hex, or --listen and --to: one of them is needed');
    }
    const start = STARTS.find((name) => name === options.start);
    if (start === undefined) throw new UsageError(`--start is one of ${STARTS.join(', ')}`);
    const bytes = options.bytes ?? (json ? 64 : 8);
    const dissector = { start, mechanism: options.mechanism, keep: Math.max(64, bytes) };
    const printer = new Printer({ json, bytes, isNumbered: !hex });
    if (hex) return dumpHex(dissector, printer);
    if (file !== undefined) {
      return dumpCapture(file, new Capture(printer, dissector, readPorts(options.port)), printer);
    }
    if (listen === undefined || to === undefined) {
      throw new UsageError('--listen and --to are both needed');
    }
    await relay(listen, to, dissector, printer, interruption());
    return EXIT.interrupted;
  },
});

async function dumpHex(options: DissectorOptions, printer: Printer): Promise<number> {
  const dissector = new Dissector({ ...options, isOneSided: true });
  printer.items(1, dissector.push('connecting', parseHex(await text(process.stdin))));
  printer.items(1, dissector.end('connecting'));
  return exitCode(printer);
}

async function dumpCapture(file: string, capture: Capture, printer: Printer): Promise<number> {
  try {
    for (const complaint of await readCapture(file, capture)) {
      process.stderr.write(`zmtp: ${file}: ${complaint}\n`);
    }
    return exitCode(printer);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    process.stderr.write(`zmtp: ${file}: ${error.message}\n`);
    return EXIT.failed;
  }
}

function exitCode({ faults }: Printer): number {
  return faults > 0 ? EXIT.failed : EXIT.done;
}

function readPorts(texts: readonly string[]): number[] {
  return texts.map((text) => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (port >= 1 && port <= MAX_PORT) return port;
    throw new UsageError(`--port takes a whole number from 1 to ${MAX_PORT}, got "${text}"`);
  });
}
