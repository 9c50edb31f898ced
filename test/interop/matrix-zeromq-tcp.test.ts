/**
 * The interop matrix with zeromq over tcp; a file of its own so that the four run side by side.
 *
 * @module
 */

import { describe } from 'vitest';
import { describeMatrix } from '../support/peers/matrix.ts';

describe('zeromq over tcp', () => describeMatrix('zeromq', 'tcp'));
