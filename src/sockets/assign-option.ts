/**
 * What an assignment makes of the options of a socket: most keep the value, some add to it or decide on others.
 *
 * @module
 */
import type { OptionName, OptionValues, SecurityRole } from '../option-types.ts';
import { isSecurityRoleOption, securityRoleAfter } from '../security-role.ts';
import { parseAcceptFilter } from '../transport/tcp.ts';

/**
 * @param value - as it has been checked
 * @throws {ZmtpError} EINVAL for an accept filter that is no block of addresses
 */
export function assignOption(
  options: OptionValues,
  name: OptionName,
  value: OptionValues[OptionName],
): void {
  setSecurityRole(options, securityRoleAfter(options.securityRole, name, value));
  if (isSecurityRoleOption(name, value)) return;
  const isFilter = name === 'tcpAcceptFilter';
  Object.assign(options, {
    [name]: isFilter ? addFilter(options.tcpAcceptFilter, value as Uint8Array) : value,
  });
}

function setSecurityRole(options: OptionValues, role: SecurityRole): void {
  const { mechanism, isServer } = role;
  const plainServer = mechanism === 'PLAIN' && isServer;
  const curveServer = mechanism === 'CURVE' && isServer;
  Object.assign(options, { securityRole: role, plainServer, curveServer });
}

/** Every assignment adds a block to the list; `null`, which is no bytes, clears it. */
function addFilter(list: Uint8Array, block: Uint8Array): Uint8Array {
  if (block.length === 0) return block;
  const text = Buffer.from(block).toString();
  parseAcceptFilter(text);
  return list.length === 0 ? block : Buffer.from(`${Buffer.from(list).toString()},${text}`);
}
