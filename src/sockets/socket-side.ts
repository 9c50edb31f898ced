/**
 * What the parts that make connections (binders, connecters, inproc links) need of the socket they work for.
 *
 * @module
 */
import type { OptionValues } from '../options.ts';
import type { Pipe, PipeOwner } from '../pipe.ts';
import type { SocketType } from '../zmtp/socket-type.ts';
import type { Monitor } from './monitor.ts';

export interface SocketSide extends PipeOwner {
  readonly socketType: SocketType;
  readonly monitor: Monitor;
  readonly isClosed: boolean;
  /** The values as they are now. */
  readonly options: Readonly<OptionValues>;
  /** A peer, or an endpoint that will have one: the socket routes messages to this end of the pipe from now on. */
  attach(pipe: Pipe): void;
}
