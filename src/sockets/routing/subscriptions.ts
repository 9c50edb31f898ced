/**
 * Who has subscribed to what, on the publisher's side. 29/PUBSUB, "The PUB Socket Type".
 *
 * A subscriber holds a topic or does not: subscribing twice and cancelling once leaves nothing, because that is what
 * subscribers count on, whatever the RFC says. To find the subscribers of a message costs a walk along its first bytes,
 * however many subscriptions there are.
 *
 * @module
 */
import { type PrefixNode, PrefixTree } from './prefix-tree.ts';

/** `first`: nobody held the topic before. `another`: others did. `known`: this subscriber did, and nothing has changed. */
export type AddResult = 'first' | 'another' | 'known';
/** `last`: nobody holds the topic any more. `another`: others do. `unknown`: the subscriber did not hold it. */
export type RemoveResult = 'last' | 'another' | 'unknown';

/** What one subscriber holds. */
class Held<S> {
  /**
   * The list of subscribers of all topics that are its alone. In a large tree most are, and a match does not have to wait
   * for the memory of a list that no other match has needed.
   */
  readonly alone: readonly S[];
  /** Its topics, and its place among the subscribers of each. */
  readonly places: Map<PrefixNode<readonly S[]>, number> = new Map();
  /** How many topics these are, long ones counted as several. */
  weight = 0;

  constructor(subscriber: S) {
    this.alone = [subscriber];
  }
}

/** A topic counts once for every so many bytes that it has. */
const WEIGHED_SIZE = 256;

export class Subscriptions<S> {
  readonly #tree = new PrefixTree<readonly S[]>();
  readonly #held = new Map<S, Held<S>>();

  /** How many nodes the tree has for its topics: for tests, which see by it that nothing is left behind. */
  get treeSize(): number {
    return this.#tree.size;
  }

  /**
   * Whether a subscriber may have a topic, or has it, when it may have no more than `limit`. A topic of more than 256 bytes
   * counts as several.
   */
  hasRoom(topic: Uint8Array, subscriber: S, limit: number): boolean {
    const held = this.#held.get(subscriber);
    if ((held?.weight ?? 0) + weightOf(topic.length) <= limit) return true;
    const node = held && this.#tree.find(topic);
    return node !== undefined && held?.places.has(node) === true;
  }

  add(topic: Uint8Array, subscriber: S): AddResult {
    const node = this.#tree.insert(topic);
    const subscribers = node.value;
    const held = this.#heldBy(subscriber);
    if (subscribers !== undefined && held.places.has(node)) return 'known';
    held.weight += weightOf(topic.length);
    held.places.set(node, subscribers?.length ?? 0);
    if (subscribers === undefined) {
      node.value = held.alone;
      return 'first';
    }
    if (subscribers.length === 1) node.value = [...subscribers, subscriber];
    else (subscribers as S[]).push(subscriber);
    return 'another';
  }

  remove(topic: Uint8Array, subscriber: S): RemoveResult {
    const held = this.#held.get(subscriber);
    const node = held && this.#tree.find(topic);
    const place = node && held.places.get(node);
    if (held === undefined || node === undefined || place === undefined) return 'unknown';
    held.places.delete(node);
    held.weight -= weightOf(topic.length);
    if (held.places.size === 0) this.#held.delete(subscriber);
    return this.#removeAt(node, place);
  }

  /**
   * Removes a subscriber from all its topics.
   *
   * @param onTopic - called for each topic, with whether nobody else holds it
   */
  removeAll(subscriber: S, onTopic?: (topic: Uint8Array, isLast: boolean) => void): void {
    const held = this.#held.get(subscriber);
    if (held === undefined) return;
    this.#held.delete(subscriber);
    for (const [node, place] of held.places) {
      const topic = onTopic && this.#tree.topicOf(node);
      const isLast = this.#removeAt(node, place) === 'last';
      if (topic !== undefined) onTopic?.(topic, isLast);
    }
  }

  /** Calls `visit` with the subscribers of all topics that `bytes` begin with: with one of several once for each. */
  match(bytes: Uint8Array, visit: (subscriber: S) => void): void {
    let node: PrefixNode<readonly S[]> | undefined = this.#tree.root;
    for (; node !== undefined; node = node.next(bytes)) {
      const subscribers = node.value;
      if (subscribers === undefined) continue;
      for (let i = 0; i < subscribers.length; i++) visit(subscribers[i] as S);
    }
  }

  #heldBy(subscriber: S): Held<S> {
    let held = this.#held.get(subscriber);
    if (held === undefined) {
      held = new Held(subscriber);
      this.#held.set(subscriber, held);
    }
    return held;
  }

  /** Takes a subscriber out of the list of a topic, and puts the last one of the list in its place. */
  #removeAt(node: PrefixNode<readonly S[]>, place: number): 'last' | 'another' {
    const subscribers = node.value as readonly S[];
    if (subscribers.length === 1) {
      node.value = undefined;
      this.#tree.prune(node);
      return 'last';
    }
    // Of several, so the list is this topic's own.
    const last = (subscribers as S[]).pop() as S;
    if (place < subscribers.length) {
      (subscribers as S[])[place] = last;
      this.#held.get(last)?.places.set(node, place);
    }
    return 'another';
  }
}

function weightOf(size: number): number {
  return 1 + Math.floor(size / WEIGHED_SIZE);
}
