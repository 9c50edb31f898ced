/**
 * PLAIN and CURVE with npm `zeromq`: see `describeSecurity`.
 *
 * @module
 */

import { describe } from 'vitest';
import { describeSecurity } from '../support/peers/security-matrix.ts';

describe('security with zeromq', () => describeSecurity('zeromq'));
