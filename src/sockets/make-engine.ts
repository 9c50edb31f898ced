/**
 * From the options of a socket to the automaton that talks to one of its peers.
 *
 * @module
 */
import type { OptionValues } from '../option-types.ts';
import { Connection, type MessageSink } from '../zmtp/connection.ts';
import type { SlabPool } from '../zmtp/encoder.ts';
import { allocate, keep, view } from './buffers.ts';
import type { Engine } from './engine.ts';
import { RawEngine } from './raw-engine.ts';
import type { SessionParent } from './session.ts';

/** The automaton for a peer of a socket. */
export function makeEngine(
  parent: SessionParent,
  options: OptionValues,
  slabs: SlabPool,
  sink: MessageSink,
): Engine {
  const { kind } = parent;
  const maxFrameSize = options.maxMessageSize;
  if (kind === 'STREAM') return new RawEngine(sink, slabs, options.notify, maxFrameSize);
  const limits = {
    maxMessageFrames: options.maxMessageFrames,
    maxCommandSize: options.maxCommandSize,
    maxHandshakeSize: options.maxHandshakeSize,
    ...(maxFrameSize >= 0 && { maxFrameSize }),
    maxMessageBytes: parent.maxMessageBytes,
  };
  const heartbeat = {
    interval: options.heartbeatInterval,
    timeout: options.heartbeatTimeout === -1 ? options.heartbeatInterval : options.heartbeatTimeout,
    timeToLive: options.heartbeatTimeToLive,
    maxPendingPongs: options.maxPendingPongs,
  };
  const { routingId, handshakeInterval } = options;
  return new Connection(
    {
      socketType: kind,
      mechanism: parent.security.mechanism,
      routingId,
      limits,
      heartbeat,
      handshakeInterval,
      allocate,
      view,
      keep,
      slabs,
      sink,
    },
    performance.now(),
  );
}
