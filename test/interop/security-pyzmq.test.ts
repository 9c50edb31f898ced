/**
 * PLAIN and CURVE with pyzmq: see `describeSecurity`.
 *
 * @module
 */

import { describe } from 'vitest';
import { describeSecurity } from '../support/peers/security-matrix.ts';

describe('security with pyzmq', () => describeSecurity('pyzmq'));
