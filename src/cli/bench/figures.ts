/**
 * What is made of the measurements: figures by name, for people and for programs the same.
 *
 * @module
 */

export type Figures = Readonly<Record<string, string | number>>;

/** Messages that have gone one way. */
export type Passage = {
  readonly messages: number;
  readonly bytes: number;
  readonly milliseconds: number;
  readonly cpuMicroseconds: number;
};

export function passageFigures(role: string, passage: Passage): Figures {
  const { messages, bytes, milliseconds, cpuMicroseconds } = passage;
  const seconds = milliseconds / 1000;
  return {
    role,
    messages,
    bytes,
    seconds: round(seconds, 6),
    messagesPerSecond: round(messages / seconds, 0),
    megabytesPerSecond: round(bytes / seconds / 1e6, 3),
    cpuSeconds: round(cpuMicroseconds / 1e6, 6),
  };
}

/**
 * @param times - milliseconds of each round trip
 * @param size - bytes of each request
 */
export function roundTripFigures(role: string, times: Float64Array, size: number): Figures {
  const sorted = times.toSorted();
  const microseconds = (share: number): number =>
    round(1000 * (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0), 1);
  const total = sorted.reduce((sum, time) => sum + time, 0);
  return {
    role,
    roundTrips: sorted.length,
    bytesEach: size,
    meanMicroseconds: round((1000 * total) / sorted.length, 1),
    minMicroseconds: microseconds(0),
    p50Microseconds: microseconds(0.5),
    p90Microseconds: microseconds(0.9),
    p99Microseconds: microseconds(0.99),
    maxMicroseconds: microseconds(1),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** The figures as one line of JSON, or a line each. */
export function printFigures(figures: Figures, isJson: boolean): string {
  if (isJson) return JSON.stringify(figures);
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  return Object.entries(figures)
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
    .join('\n');
}
