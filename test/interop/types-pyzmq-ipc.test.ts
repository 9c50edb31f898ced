/**
 * Every pair of socket types with pyzmq over ipc; a file of its own so that the four run side by side.
 *
 * @module
 */

import { describe } from 'vitest';
import { describeTypeMatrix } from '../support/peers/type-matrix.ts';

describe('pyzmq over ipc', () => describeTypeMatrix('pyzmq', 'ipc'));
