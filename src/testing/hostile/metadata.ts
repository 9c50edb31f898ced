/**
 * Lists of properties: right, twice, with lengths that lie, empty.
 *
 * @module
 */
import * as fc from 'fast-check';
import { bytes, property, u32 } from '../raw-bytes.ts';
import { bodies, names, shortBytes } from './bytes.ts';

/** Properties that a peer may have; `types` are those that it may say it is of. */
export function goodMetadata(types: readonly string[]): fc.Arbitrary<Uint8Array> {
  const identity = fc
    .uint8Array({ maxLength: 12 })
    .map((id) => property('Identity', id[0] === 0 ? bytes('i', id) : id));
  return fc
    .tuple(fc.constantFrom(...types), fc.option(identity), fc.option(shortBytes))
    .map(([type, id, other]) =>
      bytes(
        property('Socket-Type', type),
        ...(id === null ? [] : [id]),
        ...(other === null ? [] : [property('X-fuzz', other)]),
      ),
    );
}

/** Properties of which something is wrong. */
export function badMetadata(types: readonly string[]): fc.Arbitrary<Uint8Array> {
  const one = fc.oneof(
    fc
      .tuple(names('Socket-Type', 'Identity', 'Resource', 'X-a'), fc.oneof(bodies, names(...types)))
      .map(([name, value]) =>
        property(name, typeof value === 'string' ? Buffer.from(value, 'latin1') : value),
      ),
    fc
      .tuple(names('Identity'), fc.constantFrom(1, 255, 256, 0x7fff_ffff, 0xffff_ffff), shortBytes)
      .map(([name, length, value]) => bytes(name.length, name, u32(length), value)),
    fc.tuple(fc.nat(255), shortBytes).map(([length, name]) => bytes(length, name)),
  );
  const proper = fc.constantFrom(...types).map((type) => property('Socket-Type', type));
  const large = fc
    .constantFrom(255, 256, 32_768, 60_000, 65_535)
    .map((size) => property('X-large', new Uint8Array(size)));
  return fc
    .tuple(
      fc.option(proper),
      fc.array(fc.oneof({ weight: 4, arbitrary: one }, { weight: 1, arbitrary: large }), {
        maxLength: 3,
      }),
    )
    .map(([type, others]) => bytes(...(type === null ? [] : [type]), ...others));
}
