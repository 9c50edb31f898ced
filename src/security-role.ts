/**
 * Which security mechanism a socket has: what was set last of the options that say so counts.
 *
 * @module
 */
import type { OptionName, OptionValues, SecurityRole } from './option-types.ts';

export const NO_SECURITY: SecurityRole = { mechanism: 'NULL', isServer: false };

/**
 * The mechanism after an option has been set, as libzmq has it: what was set last counts.
 *
 * @param value - as it has been checked
 */
export function securityRoleAfter(
  role: SecurityRole,
  name: OptionName,
  value: OptionValues[OptionName],
): SecurityRole {
  const isUnset = value instanceof Uint8Array && value.length === 0;
  if (name === 'plainServer' || name === 'curveServer') {
    if (value !== true) return NO_SECURITY;
    return { mechanism: name === 'plainServer' ? 'PLAIN' : 'CURVE', isServer: true };
  }
  if (name === 'plainUsername' || name === 'plainPassword') {
    return isUnset ? NO_SECURITY : { mechanism: 'PLAIN', isServer: false };
  }
  if (isUnset) return role;
  if (name === 'curveServerKey') return { mechanism: 'CURVE', isServer: false };
  if (name === 'curvePublicKey' || name === 'curveSecretKey') {
    return { mechanism: 'CURVE', isServer: role.isServer };
  }
  return role;
}

/**
 * Whether an assignment says which mechanism there is, and no more: servers are what the mechanism makes of them, and who
 * takes the name or the password away, for the mechanism to end, can read it as before. Both as in libzmq.
 */
export function isSecurityRoleOption(name: OptionName, value: OptionValues[OptionName]): boolean {
  if (name === 'plainServer' || name === 'curveServer') return true;
  const isPlain = name === 'plainUsername' || name === 'plainPassword';
  return isPlain && value instanceof Uint8Array && value.length === 0;
}
