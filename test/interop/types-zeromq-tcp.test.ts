/**
 * Every pair of socket types with zeromq over tcp; a file of its own so that the four run side by side.
 *
 * @module
 */

import { describe } from 'vitest';
import { describeTypeMatrix } from '../support/peers/type-matrix.ts';

describe('zeromq over tcp', () => describeTypeMatrix('zeromq', 'tcp'));
