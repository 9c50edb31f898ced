/**
 * Arbitraries of what a hostile peer may say: greetings, metadata, commands, frames, handshakes, traffic, and whole sessions
 * of these with their mutations. Right as often as wrong, because what is wrong at once gets nowhere.
 *
 * @module
 */
export { commandBodies } from './hostile/commands.ts';
export { enveloped, messages, oddFrames, type Piece } from './hostile/frames.ts';
export { badGreetings, goodGreetings } from './hostile/greetings.ts';
export { badHandshakes, goodHandshakes } from './hostile/mechanisms.ts';
export { badMetadata, goodMetadata } from './hostile/metadata.ts';
export { mutated } from './hostile/mutations.ts';
export { sessions } from './hostile/sessions.ts';
export { trafficSteps } from './hostile/traffic.ts';
