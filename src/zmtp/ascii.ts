/**
 * ASCII text to bytes and back. The core runs where there is no `Buffer` and no `TextEncoder`.
 *
 * @module
 */

/** The bytes of a text of characters below 128. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The text of `bytes`, one character a byte. */
export function asciiText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** `bytes` as text for a person: printable ASCII, everything else as `\xNN`, at most `limit` bytes. */
export function printable(bytes: Uint8Array, limit = 64): string {
  let text = '';
  for (const byte of bytes.subarray(0, limit)) {
    text +=
      byte >= 0x20 && byte < 0x7f
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return bytes.length > limit ? `${text}…` : text;
}
