/**
 * The process in which the subjects live: a bound socket for each target, and a report of how the process fares whenever
 * one is asked for. What kills it or lets it hang is seen from outside.
 *
 * @module
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { loadCurveBox } from '../../../src/curve-loader.ts';
import { Application } from './application.ts';
import { plantFault } from './faults.ts';
import { Stalls } from './stalls.ts';
import type { Answer, Question, Status, SubjectPlan } from './talk.ts';

/** The IPC channel may be gone when the fuzzer is: then there is nobody to tell. */
function tell(answer: Answer): void {
  if (process.connected) process.send?.(answer, () => {});
}

function surfaced(what: string): (cause: unknown) => void {
  return (cause) => {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    tell({ type: 'find', what: `${what}: ${text}` });
  };
}

const delay = monitorEventLoopDelay({ resolution: 10 });
const stalls = new Stalls();
const applications: Application[] = [];

function report({ id, collects }: Question): Status {
  // Twice: the memory behind array buffers is counted off only after the objects are gone.
  if (collects) for (let i = 0; i < 2; i++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const events: Record<string, number> = {};
  let messages = 0;
  let sessions = 0;
  for (const application of applications) {
    for (const [type, count] of Object.entries(application.events)) {
      events[type] = (events[type] ?? 0) + count;
      application.events[type] = 0;
    }
    sessions += application.sessions;
    messages += application.messages;
    application.messages = 0;
  }
  const status: Status = {
    type: 'status',
    id,
    connections: process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length,
    sessions,
    held: collects ? heapUsed + external : 0,
    residentBytes: rss,
    delayP99: delay.percentile(99) / 1e6,
    delayMax: delay.max / 1e6,
    stall: stalls.take(),
    events,
    messages,
  };
  delay.reset();
  // What the collection took is nobody's fault.
  if (collects) stalls.take();
  return status;
}

async function main(): Promise<void> {
  process.on('uncaughtException', surfaced('uncaughtException'));
  process.on('unhandledRejection', surfaced('unhandledRejection'));
  process.on('warning', surfaced('warning'));
  process.on('disconnect', () => process.exit());
  // The fuzzer decides when it is over.
  process.on('SIGINT', () => {});

  const plan = JSON.parse(process.argv[2] ?? '') as SubjectPlan;
  const ports: number[] = [];
  if (plan.fault !== undefined) plantFault(plan.fault);
  // The first peers should not find it being loaded.
  if (plan.targets.some(({ mechanism }) => mechanism === 'CURVE')) await loadCurveBox();
  for (const target of plan.targets) {
    const application = new Application(target, plan, tell);
    applications.push(application);
    ports.push(await application.start());
  }
  delay.enable();
  stalls.start();
  process.on('message', (question) => tell(report(question as Question)));
  tell({ type: 'ready', ports });
}

void main();
