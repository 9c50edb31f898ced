/**
 * What was found, as a file: the target, the sessions that show it, and what they showed.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Session, Target } from './session.ts';

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

/** Reads a vector from a file, or from JSON itself. */
export function readVector(pathOrJson: string): Vector {
  const text = existsSync(pathOrJson) ? readFileSync(pathOrJson, 'utf8') : pathOrJson;
  const { target, sessions, ...rest } = JSON.parse(text) as Vector;
  if (typeof target?.type !== 'string' || !Array.isArray(sessions)) {
    throw new Error('a vector has a target and sessions');
  }
  return { target, sessions, ...rest };
}

/** @returns the path of the file */
export function writeVector(folder: string, vector: Vector): string {
  const text = `${JSON.stringify(vector, undefined, 2)}\n`;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const { type, mechanism } = vector.target;
  const path = join(folder, `${type}-${mechanism}-${digest}.json`.toLowerCase());
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, text);
  return path;
}
