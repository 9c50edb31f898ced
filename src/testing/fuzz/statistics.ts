/**
 * What a run of the fuzzer amounts to: how many sessions of each kind, and how far they got.
 *
 * @module
 */
import type { Progress } from './oracle/answers.ts';
import type { Trial } from './trial.ts';

const COLUMNS: readonly Progress[] = ['nothing', 'greeting', 'handshake', 'ready', 'answered'];

export class Statistics {
  sessions = 0;
  batches = 0;
  sentBytes = 0;
  receivedBytes = 0;
  closedBySubject = 0;
  readonly #kinds = new Map<string, Map<Progress, number>>();

  add({ outcomes, progress }: Trial): void {
    this.batches += 1;
    for (const [i, outcome] of outcomes.entries()) {
      this.sessions += 1;
      this.sentBytes += outcome.sent.length;
      this.receivedBytes += outcome.received.length;
      if (outcome.isClosedBySubject) this.closedBySubject += 1;
      const row = this.#kinds.get(outcome.session.kind) ?? new Map<Progress, number>();
      const reached = progress[i] ?? 'nothing';
      row.set(reached, (row.get(reached) ?? 0) + 1);
      this.#kinds.set(outcome.session.kind, row);
    }
  }

  /** How many sessions have been in traffic. */
  get inTraffic(): number {
    let count = 0;
    for (const row of this.#kinds.values())
      count += (row.get('ready') ?? 0) + (row.get('answered') ?? 0);
    return count;
  }

  /** How many sessions of each kind got how far, as a table. */
  describeSessions(): string {
    const header = ['sessions by kind, and what came last', ...COLUMNS];
    const rows = [...this.#kinds]
      .toSorted(([one], [two]) => (one < two ? -1 : 1))
      .map(([kind, row]) => [kind, ...COLUMNS.map((column) => String(row.get(column) ?? 0))]);
    const table = [header, ...rows].map(([kind = '', ...counts]) =>
      [kind.padEnd(36), ...counts.map((count) => count.padStart(10))].join(''),
    );
    return table.join('\n');
  }

  /** A few lines for people; `notes` are what the subject has to say of itself. */
  describe(notes: readonly string[]): string {
    return [
      `${this.sessions} sessions in ${this.batches} batches: ${megabytes(this.sentBytes)} sent, ` +
        `${megabytes(this.receivedBytes)} received, ${this.closedBySubject} ended by the subject`,
      this.describeSessions(),
      ...notes,
    ].join('\n');
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
