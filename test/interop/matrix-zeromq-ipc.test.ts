/**
 * The interop matrix with zeromq over ipc; a file of its own so that the four run side by side.
 *
 * @module
 */

import { describe } from 'vitest';
import { describeMatrix } from '../support/peers/matrix.ts';

describe('zeromq over ipc', () => describeMatrix('zeromq', 'ipc'));
