/**
 * Why implementations deviate, a line for each case: what was found in their sources and on the wire.
 *
 * @module
 */
export const EXPLANATIONS: Readonly<Record<string, string>> = {};
