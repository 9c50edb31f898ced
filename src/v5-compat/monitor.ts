/**
 * The monitor events of zeromq 5.x, from those of `socket.events`.
 *
 * @module
 */
import { constants } from 'node:os';
import type { Event, EventType, Observer } from '../index.ts';

/** The events that 5.x has, with the names that it gives them. */
const NAMES = {
  connect: 'connect',
  'connect:delay': 'connect_delay',
  'connect:retry': 'connect_retry',
  bind: 'listen',
  'bind:error': 'bind_error',
  accept: 'accept',
  'accept:error': 'accept_error',
  close: 'close',
  'close:error': 'close_error',
  disconnect: 'disconnect',
} as const satisfies Partial<Record<EventType, string>>;

/** Called with the name of the event in 5.x and what its listeners are given. */
type MonitorListener = (
  name: string,
  value: number | undefined,
  address: string | undefined,
  error: Error | undefined,
) => void;

/**
 * Calls `listener` for the events of a socket.
 *
 * @returns ends that
 */
export function watchEvents(observer: Observer, listener: MonitorListener): () => void {
  const watched = Object.entries(NAMES).map(([type, name]) => {
    const listen = (event: Event): void => tell(name, event, listener);
    return [type as EventType, listen] as const;
  });
  for (const [type, listen] of watched) observer.on(type, listen);
  return () => {
    for (const [type, listen] of watched) observer.off(type, listen);
  };
}

/** The value of a failure is its number, that of a retry how long it is put off; other events have none. */
function tell(name: string, event: Event, listener: MonitorListener): void {
  if (event.type === 'connect:retry') {
    listener(name, event.interval, event.address, undefined);
  } else if (
    event.type === 'bind:error' ||
    event.type === 'accept:error' ||
    event.type === 'close:error'
  ) {
    listener(name, errorNumber(event.error), event.address, event.error);
  } else {
    listener(name, undefined, 'address' in event ? event.address : undefined, undefined);
  }
}

/** As the system's headers have it: positive, unlike the numbers in errors of Node. */
function errorNumber(error: NodeJS.ErrnoException): number | undefined {
  const numbers: Readonly<Record<string, number>> = constants.errno;
  return numbers[error.code ?? ''] ?? error.errno;
}
