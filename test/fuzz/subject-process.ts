/**
 * The process of the subjects, seen from the fuzzer: started, asked how it fares, watched for its death and its silence,
 * and ended. Its program is bundled once, so that a fresh process costs little.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { loadCurveBox } from '../../src/curve-loader.ts';
import { after } from '../../src/testing/patience.ts';
import type { Target } from '../../src/testing/hostile/session.ts';
import type { Subject } from '../../src/testing/fuzz/subject.ts';
import { exchange } from './exchange.ts';
import { Health } from './health.ts';
import type { FaultName } from './subject/fault-names.ts';
import type { Answer, Status, SubjectPlan } from './subject/talk.ts';
import type { Credentials, CurveKeys } from '../../src/testing/hostile/wire.ts';

/** A bundle of the program, in a folder of its own. */
export class SubjectProgram {
  readonly #folder: string;
  readonly keys: CurveKeys;
  readonly serverSecretKey: Uint8Array;

  private constructor(folder: string, keys: CurveKeys, serverSecretKey: Uint8Array) {
    this.#folder = folder;
    this.keys = keys;
    this.serverSecretKey = serverSecretKey;
  }

  static async build(): Promise<SubjectProgram> {
    const folder = mkdtempSync(join(tmpdir(), 'zmtp-fuzz-'));
    await build({
      entryPoints: [join(import.meta.dirname, 'subject/main.ts')],
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'linked',
      sourcesContent: false,
      logLevel: 'warning',
    });
    const box = await loadCurveBox();
    const server = box.generateKeyPair();
    const keys = { box, serverKey: server.publicKey, client: box.generateKeyPair() };
    return new SubjectProgram(folder, keys, server.secretKey);
  }

  get credentials(): Credentials {
    return { plain: PLAIN, curve: this.keys };
  }

  get path(): string {
    return join(this.#folder, 'main.mjs');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The user whom the subjects let in. */
const PLAIN = { username: 'fuzz', password: 'secret' } as const;

const START_LIMIT = 60_000;
/** Computing that the event loop may do in one go, in ms. */
const STALL_LIMIT = 700;

export class SubjectProcess implements Subject {
  readonly targets: readonly Target[];
  readonly #child: ChildProcess;
  readonly #credentials: Credentials;
  readonly #health = new Health();
  readonly #patience: number;
  readonly #tokens = new Set<string>();
  readonly #statuses = new Map<number, Status>();
  readonly #waiting = new Set<() => void>();
  #ports: readonly number[] = [];
  #lastQuestion = 0;
  #errors = '';
  #isEnding = false;
  /** The first thing that is wrong with it. */
  find: string | undefined;

  private constructor(program: SubjectProgram, plan: SubjectPlan, patience: number) {
    this.targets = plan.targets;
    this.#patience = patience;
    this.#credentials = program.credentials;
    const child = fork(program.path, [JSON.stringify(plan)], {
      execArgv: ['--expose-gc', '--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Ctrl-C is for the fuzzer alone: it ends the process when it has told what it found.
      detached: true,
    });
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4000);
    });
    child.on('message', (answer) => this.#hear(answer as Answer));
    child.on('exit', (code, signal) => {
      if (!this.#isEnding)
        this.complain(`the process died: ${signal ?? `code ${code}`}\n${this.#errors}`);
      this.#ring();
    });
  }

  static async start(
    program: SubjectProgram,
    targets: readonly Target[],
    { fault, patience }: { readonly fault?: FaultName | undefined; readonly patience: number },
  ): Promise<SubjectProcess> {
    const plan: SubjectPlan = {
      targets,
      serverSecretKey: Buffer.from(program.serverSecretKey).toString('hex'),
      clientPublicKey: Buffer.from(program.keys.client.publicKey).toString('hex'),
      ...PLAIN,
      ...(fault !== undefined && { fault }),
    };
    const subject = new SubjectProcess(program, plan, patience);
    await subject.#until(() => subject.#ports.length > 0, START_LIMIT);
    if (subject.#ports.length === 0) {
      await subject.stop();
      throw new Error(`the subjects do not start: ${subject.find ?? 'no answer'}`);
    }
    return subject;
  }

  endpointOf(target: Target): string {
    return `tcp://127.0.0.1:${this.#ports[this.targets.indexOf(target)] ?? 0}`;
  }

  serve(target: Target): Promise<boolean> {
    return exchange(this, target, this.#credentials, this.#patience);
  }

  refused(error: Error): Promise<void> {
    this.complain(`a peer cannot connect: ${error.message}`);
    return Promise.resolve();
  }

  async check(): Promise<void> {
    await this.status();
  }

  async held(): Promise<number | undefined> {
    return (await this.status(true))?.held;
  }

  describe(): string[] {
    return this.#health.describe();
  }

  /** Waits until every connection is gone. */
  async settle(): Promise<void> {
    let isLate = false;
    const stop = after(this.#patience, () => {
      isLate = true;
    });
    try {
      for (;;) {
        const status = await this.status();
        if (status === undefined) return;
        this.#health.add(status);
        if (status.stall > STALL_LIMIT) {
          this.complain(`the event loop did one thing for ${Math.round(status.stall)} ms`);
        }
        const { connections, sessions } = status;
        if ((connections === 0 && sessions === 0) || this.find !== undefined) return;
        if (isLate) {
          this.complain(
            `${connections} connections and ${sessions} sessions are left when all peers have gone`,
          );
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    } finally {
      stop();
    }
  }

  /** Notes that something is wrong; the first time counts. */
  complain(what: string): void {
    this.find ??= what;
    this.#ring();
  }

  /** How the process fares; `undefined` when it does not answer any more. */
  async status(collects = false): Promise<Status | undefined> {
    this.#lastQuestion += 1;
    const id = this.#lastQuestion;
    if (this.#child.connected) this.#child.send({ type: 'status', id, collects }, () => {});
    const cpu = this.#cpuTime();
    await this.#until(() => this.#statuses.has(id), this.#patience);
    if (!this.#statuses.has(id) && this.find === undefined) {
      // A machine that is busy with others is no fault of the subject: it gets as much time again, and twice.
      await this.#until(
        () => this.#statuses.has(id),
        this.#mayStillCome(cpu) ? 2 * this.#patience : 0,
      );
    }
    const status = this.#statuses.get(id);
    this.#statuses.delete(id);
    if (status === undefined) {
      const spent = this.#cpuTime() - cpu;
      this.complain(
        `the process hangs: no answer, and ${Math.round(spent)} ms of computing meanwhile`,
      );
    }
    return status;
  }

  /** Whether a token of a good peer has come. */
  async hasToken(token: string, limit: number): Promise<boolean> {
    await this.#until(() => this.#tokens.has(token), limit);
    return this.#tokens.delete(token);
  }

  async stop(): Promise<void> {
    this.#isEnding = true;
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Whether it has got too little of the processor to say that it hangs. */
  #mayStillCome(since: number): boolean {
    return this.#cpuTime() - since < this.#patience / 2;
  }

  /** What the process has computed, in ms; 0 where it cannot be known. */
  #cpuTime(): number {
    try {
      const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
        .split(') ')[1]
        ?.split(' ');
      return 10 * (Number(fields?.[11]) + Number(fields?.[12]));
    } catch {
      return 0;
    }
  }

  #hear(answer: Answer): void {
    switch (answer.type) {
      case 'ready':
        this.#ports = answer.ports;
        break;
      case 'status':
        this.#statuses.set(answer.id, answer);
        break;
      case 'token':
        this.#tokens.add(answer.token);
        break;
      case 'find':
        this.find ??= answer.what;
        break;
      default: {
        const unreachable: never = answer;
        return unreachable;
      }
    }
    this.#ring();
  }

  #ring(): void {
    for (const check of [...this.#waiting]) check();
  }

  /** Waits for `test`, or for a find, at most so long. */
  #until(test: () => boolean, limit: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        stop();
        this.#waiting.delete(check);
        resolve();
      };
      const check = (): void => {
        if (test() || this.find !== undefined) finish();
      };
      const stop = after(limit, finish);
      this.#waiting.add(check);
      check();
    });
  }
}
