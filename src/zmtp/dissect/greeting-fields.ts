/**
 * The fields of a greeting behind its version. 37/ZMTP, "Formal Grammar".
 *
 * @module
 */
import { asciiText } from '../ascii.ts';
import { type Rule, RULES } from './rules.ts';
import { show } from './show.ts';

export type GreetingField = {
  readonly meaning: string;
  readonly rule?: Rule;
  /** Where in the field the byte is that breaks the rule. */
  readonly at?: number;
};

const MECHANISM = /^[A-Z0-9\-_.+]+\0*/;

/**
 * The mechanism.
 *
 * @param bytes - all 20
 * @param other - the other side's, if that is known
 * @returns its name too, if it is one
 */
export function readMechanism(
  bytes: Uint8Array,
  other: string | undefined,
): GreetingField & { readonly name?: string } {
  const text = asciiText(bytes);
  const proper = MECHANISM.exec(text)?.[0] ?? '';
  if (proper.length < text.length) {
    return { meaning: `mechanism ${show(bytes)}`, rule: RULES.mechanismName, at: proper.length };
  }
  const name = text.replaceAll('\0', '');
  const meaning = `mechanism ${name}`;
  if (other === undefined || other === name) return { name, meaning };
  return {
    name,
    meaning: `${meaning}, the other side has ${other}`,
    rule: RULES.mechanismMismatch,
  };
}

export function readAsServer(value: number, mechanism: string | undefined): GreetingField {
  if (value > 1) return { meaning: `as-server: ${value}`, rule: RULES.asServerValue };
  if (value === 0) return { meaning: 'as-server: no' };
  const meaning = 'as-server: yes';
  return mechanism === 'NULL' ? { meaning, rule: RULES.asServerOfNull } : { meaning };
}

export function readFiller(bytes: Uint8Array): GreetingField {
  const at = bytes.findIndex((byte) => byte !== 0);
  return at === -1 ? { meaning: 'filler' } : { meaning: 'filler', rule: RULES.filler, at };
}
