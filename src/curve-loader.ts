/**
 * Loads the cryptography of CURVE when it is wanted for the first time: once for the thread.
 *
 * Loading takes a while (WebAssembly is compiled), and no socket has to be made or connected asynchronously for it:
 * it begins when CURVE is configured, and a session waits for it before its connection begins.
 *
 * @module
 */
import { Lazy } from './lazy.ts';
import type { CurveBox } from './zmtp/mechanism/curve-box.ts';

const box = new Lazy<CurveBox>(async () => {
  const { createCurveBox } = await import('./curve-provider.ts');
  return createCurveBox();
});

/**
 * The cryptography of CURVE, as soon as it is there: for a `CurveClient` or a `CurveServer` of `zmtp/protocol`. Sockets load it
 * by themselves.
 */
export function loadCurveBox(): Promise<CurveBox> {
  return box.load();
}

/** The cryptography of CURVE, if it has been loaded. */
export function loadedCurveBox(): CurveBox | undefined {
  return box.value;
}
