/**
 * What was found, as a file: the target, the sessions that show it, and what they showed.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Session, Step, Target } from './session.ts';

export type Vector = {
  readonly target: Target;
  /** What was wrong when it was found. */
  readonly find: string;
  /** The seed that led to it. */
  readonly seed?: number;
  /** How often the sessions have to be run, for what adds up; once when absent. */
  readonly times?: number;
  readonly sessions: readonly Session[];
};

/**
 * Reads a vector.
 *
 * @param pathOrJson - the path of its file, or the JSON itself
 * @throws {SyntaxError} when it is no JSON
 * @throws {TypeError} EINVAL when it is no vector
 */
export function readVector(pathOrJson: string): Vector {
  const text = existsSync(pathOrJson) ? readFileSync(pathOrJson, 'utf8') : pathOrJson;
  const vector = JSON.parse(text) as Vector;
  if (typeof vector?.target?.type === 'string' && isListOf(vector.sessions, isSession))
    return vector;
  const error = new TypeError('a vector has a target and sessions, whose steps say what they do');
  throw Object.assign(error, { code: 'EINVAL' });
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isSession(value: unknown): boolean {
  return isListOf((value as Session | null)?.steps, isStep);
}

function isStep(value: unknown): boolean {
  const step = value as Step | null;
  if (step?.do === 'send') return typeof step.note === 'string' && typeof step.content === 'object';
  return typeof step?.do === 'string';
}

/**
 * Writes a vector to a file that is named after its target and its content.
 *
 * @param folder - made if there is none
 * @returns the path of the file
 */
export function writeVector(folder: string, vector: Vector): string {
  const text = `${JSON.stringify(vector, undefined, 2)}\n`;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const { type, mechanism } = vector.target;
  const path = join(folder, `${type}-${mechanism}-${digest}.json`.toLowerCase());
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, text);
  return path;
}
