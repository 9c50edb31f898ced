/**
 * What programs ask of a ZeroMQ library before they rely on it.
 *
 * @module
 */
/** The version of libzmq whose behaviour this package has; its own version stands in its package.json. */
export const version = '4.3.5';

/** What there is beside tcp and inproc. */
export const capability: Readonly<
  Record<'ipc' | 'pgm' | 'tipc' | 'norm' | 'curve' | 'gssapi' | 'draft', boolean>
> = {
  ipc: true,
  pgm: false,
  tipc: false,
  norm: false,
  curve: true,
  gssapi: false,
  draft: false,
};
