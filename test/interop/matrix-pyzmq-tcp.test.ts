/**
 * The interop matrix with pyzmq over tcp; a file of its own so that the four run side by side.
 *
 * @module
 */

import { describe } from 'vitest';
import { describeMatrix } from '../support/peers/matrix.ts';

describe('pyzmq over tcp', () => describeMatrix('pyzmq', 'tcp'));
