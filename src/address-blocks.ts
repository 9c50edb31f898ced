/**
 * Blocks of IP addresses, as lists of who may connect have them.
 *
 * @module
 */
import { BlockList, isIP } from 'node:net';
import { invalidValue } from './errors.ts';

/** An address, and perhaps how many of its bits count. */
const CIDR_BLOCK = /^([^/]+)(?:\/(\d{1,3}))?$/;

/**
 * Reads addresses and CIDR blocks, and answers with whether an address is in one of them.
 *
 * @param name - whose blocks they are, for the error
 * @throws {RangeError} code EINVAL for what is no address or no prefix
 */
export function readAddressBlocks(
  blocks: readonly string[],
  name: string,
): (address: string) => boolean {
  const list = new BlockList();
  for (const block of blocks) {
    const [, address = '', prefix] = CIDR_BLOCK.exec(block) ?? [];
    const family = isIP(address);
    const bits = family === 6 ? 128 : 32;
    const length = prefix === undefined ? bits : Number(prefix);
    if (family === 0 || length > bits) {
      throw invalidValue('Invalid argument', `${name}: "${block}" is no CIDR block`);
    }
    list.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4');
  }
  return (address) => {
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  };
}

/** The address of a peer of IPv4, also where it came to a socket of IPv6. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
