/**
 * What a ping has found out.
 *
 * @module
 */
import type { Metadata } from '../../protocol.ts';

export class Report {
  readonly endpoint: string;
  version: string | undefined;
  mechanism: string | undefined;
  asServer: boolean | undefined;
  socketType: string | undefined;
  /** What we were to it. */
  ownType: string | undefined;
  properties: Record<string, string> = {};
  /** Milliseconds. */
  readonly timings: { connect?: number; greeting?: number; handshake?: number } = {};
  /** Milliseconds from PING to PONG, `null` where none came. */
  readonly pings: (number | null)[] = [];
  /** Messages that came meanwhile. */
  messages = 0;
  /** What else is to be known. */
  note: string | undefined;
  /** Why it failed. */
  failure: string | undefined;

  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  /** The properties that are not said elsewhere. */
  describe(metadata: Metadata): void {
    for (const [name, value] of metadata) {
      const text = valueText(value);
      if (name.toLowerCase() === 'socket-type') this.socketType = text;
      else this.properties[name] = text;
    }
  }

  toJson(): string {
    const { failure, ...rest } = this;
    return JSON.stringify({ ok: failure === undefined, ...rest, failure });
  }

  /** Lines for people; what failed is told elsewhere. */
  toText(): string {
    const lines: string[] = [];
    if (this.version !== undefined) {
      const mechanism = `${this.mechanism}${this.asServer === true ? ' (server)' : ''}`;
      const type = this.socketType ?? 'of a type that is not known yet';
      lines.push(`${this.endpoint}: ZMTP ${this.version}, ${mechanism}, ${type}`);
    }
    for (const [name, value] of Object.entries(this.properties)) lines.push(`  ${name}: ${value}`);
    const timings = Object.entries(this.timings).map(([what, ms]) => `${what} ${format(ms)}`);
    if (timings.length > 0) lines.push(`  ${timings.join(', ')}`);
    for (const [i, ms] of this.pings.entries()) {
      lines.push(`  PING ${i + 1}: ${ms === null ? 'no PONG' : format(ms)}`);
    }
    if (this.pings.length > 0) lines.push(`  ${this.#summary()}`);
    if (this.messages > 0) lines.push(`  ${this.messages} messages came meanwhile, and are lost`);
    if (this.note !== undefined) lines.push(`  ${this.note}`);
    return lines.map((line) => `${line}\n`).join('');
  }

  #summary(): string {
    const times = this.pings.filter((ms) => ms !== null);
    const answered = `${times.length} of ${this.pings.length} answered`;
    if (times.length === 0) return answered;
    const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
    return `${answered}: min ${format(Math.min(...times))}, mean ${format(mean)}, max ${format(Math.max(...times))}`;
  }
}

function format(ms: number): string {
  return `${ms.toFixed(2)} ms`;
}

/** Text in quotes would be read twice: as it is when it is printable, as hex when it is not. */
function valueText(value: Uint8Array): string {
  const isText = value.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText ? Buffer.from(value).toString('latin1') : `0x${Buffer.from(value).toString('hex')}`;
}
