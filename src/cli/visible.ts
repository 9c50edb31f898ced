/**
 * What comes from peers may hold anything, commands to a terminal included.
 *
 * @module
 */

// oxlint-disable-next-line no-control-regex -- that is what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** The text with its control characters spelt: `\x1b`. */
export function visible(text: string): string {
  return text.replaceAll(CONTROL, (character) => `\\x${hexCode(character, 2)}`);
}

/** JSON in one line, with those control characters escaped that JSON does not have to escape. */
export function visibleJson(text: string): string {
  return text.replaceAll(CONTROL, (character) => `\\u${hexCode(character, 4)}`);
}

function hexCode(character: string, width: number): string {
  return character.charCodeAt(0).toString(16).padStart(width, '0');
}
