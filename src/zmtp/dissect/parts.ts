/**
 * The body of a frame, taken apart from its beginning to its end: whatever is in it, the parts make up all of it.
 *
 * @module
 */
import type { ItemKind } from './item.ts';
import type { Rule } from './rules.ts';

export type Part = {
  readonly kind: ItemKind;
  readonly length: number;
  meaning: string;
  rule?: Rule;
  /** Where in the part the byte is that breaks the rule. */
  at?: number;
};

export class Parts {
  readonly list: Part[] = [];
  readonly #body: Uint8Array;
  #offset = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  /** What has not been taken yet. */
  get rest(): Uint8Array {
    return this.#body.subarray(this.#offset);
  }

  /** Takes the next bytes, of which there are enough. */
  take(length: number, meaning: string, kind: ItemKind = 'field'): void {
    this.list.push({ kind, length, meaning });
    this.#offset += length;
  }

  /** What has been taken last breaks a rule, at its byte `at`. */
  blame(rule: Rule, at = 0): void {
    const last = this.list.at(-1);
    if (last === undefined || last.rule !== undefined) return;
    last.rule = rule;
    last.at = at;
  }

  /** The rest breaks a rule, or is missing: then it is said of the last part, at its end, or of nothing. */
  fail(rule: Rule, meaning: string): void {
    const { length } = this.rest;
    const last = this.list.at(-1);
    if (length > 0 || last === undefined) {
      this.take(length, meaning, 'raw');
      this.blame(rule);
    } else this.blame(rule, last.length);
  }
}
