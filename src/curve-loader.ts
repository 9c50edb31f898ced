/**
 * Loads the cryptography of CURVE when it is wanted for the first time: once for the thread.
 *
 * Loading takes a while (WebAssembly is compiled), and no socket has to be made or connected asynchronously for it:
 * `loadCurveBox` is called when CURVE is configured, and a session waits for it before its connection is made.
 * `loadedCurveBox` is for everybody who comes later.
 *
 * @module
 */
import type { CurveBox } from './zmtp/mechanism/curve-box.ts';

let loading: Promise<CurveBox> | undefined;
let loaded: CurveBox | undefined;

/** The cryptography of CURVE, as soon as it is there. */
export function loadCurveBox(): Promise<CurveBox> {
  loading ??= load();
  return loading;
}

/** The cryptography of CURVE, if it has been loaded. */
export function loadedCurveBox(): CurveBox | undefined {
  return loaded;
}

async function load(): Promise<CurveBox> {
  const { createCurveBox } = await import('./curve-provider.ts');
  loaded = await createCurveBox();
  return loaded;
}
