/**
 * Greetings: right ones, and ones that are wrong in one of the fields.
 *
 * @module
 */
import * as fc from 'fast-check';
import { greeting, type GreetingFields } from '../raw-bytes.ts';

/** Greetings that a peer has to accept, in whatever the fields hold that are not looked at. */
export function goodGreetings(mechanism: string): fc.Arbitrary<Uint8Array> {
  return fc
    .record(
      {
        minor: fc.constantFrom(0, 1, 2, 255),
        major: fc.constantFrom(3, 4, 255),
        padding: fc.uint8Array({ minLength: 8, maxLength: 8 }),
        filler: fc.uint8Array({ minLength: 31, maxLength: 31 }),
        asServer: fc.constantFrom(0, 1, 255),
      },
      { requiredKeys: [] },
    )
    .map((fields) => greeting({ mechanism, ...fields }));
}

/** Greetings with something wrong, or of another protocol altogether. */
export function badGreetings(mechanism: string): fc.Arbitrary<Uint8Array> {
  const wrong: fc.Arbitrary<GreetingFields> = fc.oneof(
    fc.record({ signatureEnd: fc.constantFrom(0, 0x7e, 0xfe) }),
    fc.record({ major: fc.constantFrom(0, 1, 2) }),
    fc.record({
      mechanism: fc.oneof(
        fc.constantFrom(
          '',
          'NULL',
          'PLAIN',
          'CURVE',
          'GSSAPI',
          `${mechanism}X`,
          'null',
          `\0${mechanism}`,
        ),
        fc.string({ unit: 'binary-ascii', maxLength: 20 }),
      ),
    }),
    fc.record({ mechanism: fc.uint8Array({ maxLength: 20 }) }),
  );
  return fc.oneof(
    wrong.map((fields) => greeting({ mechanism, ...fields })),
    fc
      .constantFrom('GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\x16\x03\x01\x02\x00', 'SSH-2.0-x\r\n')
      .map((text) => Buffer.from(text, 'latin1')),
    fc.uint8Array({ minLength: 1, maxLength: 100 }),
  );
}
