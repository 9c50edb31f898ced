/**
 * Times one case in a process of its own, so that no other case has shaped the compiled code, and prints the result as
 * JSON: `tsx bench/micro/measure.ts NAME` (started by main.ts).
 *
 * The unit is a calibration loop of plain arithmetic over memory that runs right beside each sample: a slower machine, or
 * one that is busy, slows both.
 *
 * @module
 */
import { percentile } from '../statistics.ts';
import { MICRO_CASES } from './cases.ts';

const WARM_UP = 400;
const SAMPLES = 101;
/** Milliseconds of one sample. */
const SAMPLE = 2;

const bytes = new Uint8Array(16_384);

/** Some arithmetic, some memory: about what a codec does. */
function calibrate(): void {
  let x = 123_456_789;
  for (let i = 0; i < bytes.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[i] = x + (bytes[(i * 31) & (bytes.length - 1)] ?? 0);
  }
}

/** Milliseconds that one call takes, over as many calls as fill `time`. */
function timed(work: () => void, count: number): number {
  const start = performance.now();
  for (let i = 0; i < count; i++) work();
  return (performance.now() - start) / count;
}

/** Runs `work` until it is compiled, and answers how many calls fill a sample. */
function warm(work: () => void): number {
  const start = performance.now();
  while (performance.now() - start < WARM_UP) work();
  return Math.max(1, Math.round(SAMPLE / timed(work, 3)));
}

const wanted = process.argv[2];
const found = MICRO_CASES.find(({ name }) => name === wanted);
if (found === undefined) throw new Error(`there is no case ${wanted}`);
const work = await found.prepare();
const count = warm(work);
const calibrationCount = warm(calibrate);
const ratios: number[] = [];
for (let i = 0; i < SAMPLES; i++) {
  const before = timed(calibrate, calibrationCount);
  const time = timed(work, count);
  const after = timed(calibrate, calibrationCount);
  ratios.push((2 * time) / (before + after));
}
ratios.sort((a, b) => a - b);
const [low, median, high] = [0.25, 0.5, 0.75].map((share) => percentile(ratios, share));
console.log(JSON.stringify({ low, median, high }));
