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

/** The topics of one subscriber, and its place among the subscribers of each. */
type Held<S> = Map<PrefixNode<S[]>, number>;

export class Subscriptions<S> {
  readonly #tree = new PrefixTree<S[]>();
  readonly #held = new Map<S, Held<S>>();

  /** How many nodes the tree has for its topics: for tests, which see by it that nothing is left behind. */
  get treeSize(): number {
    return this.#tree.size;
  }

  add(topic: Uint8Array, subscriber: S): AddResult {
    const node = this.#tree.insert(topic);
    const subscribers = node.value;
    if (subscribers === undefined) {
      node.value = [subscriber];
      this.#heldBy(subscriber).set(node, 0);
      return 'first';
    }
    const held = this.#heldBy(subscriber);
    if (held.has(node)) return 'known';
    held.set(node, subscribers.length);
    subscribers.push(subscriber);
    return 'another';
  }

  remove(topic: Uint8Array, subscriber: S): RemoveResult {
    const held = this.#held.get(subscriber);
    const node = held && this.#tree.find(topic);
    const place = node && held.get(node);
    if (place === undefined) return 'unknown';
    held?.delete(node as PrefixNode<S[]>);
    if (held?.size === 0) this.#held.delete(subscriber);
    return this.#removeAt(node as PrefixNode<S[]>, place);
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
    for (const [node, place] of held) {
      const topic = onTopic && this.#tree.topicOf(node);
      const isLast = this.#removeAt(node, place) === 'last';
      if (topic !== undefined) onTopic?.(topic, isLast);
    }
  }

  /** Calls `visit` with the subscribers of all topics that `bytes` begin with: with one of several once for each. */
  match(bytes: Uint8Array, visit: (subscriber: S) => void): void {
    let node: PrefixNode<S[]> | undefined = this.#tree.root;
    for (; node !== undefined; node = node.next(bytes)) {
      const subscribers = node.value;
      if (subscribers === undefined) continue;
      for (let i = 0; i < subscribers.length; i++) visit(subscribers[i] as S);
    }
  }

  #heldBy(subscriber: S): Held<S> {
    let held = this.#held.get(subscriber);
    if (held === undefined) {
      held = new Map();
      this.#held.set(subscriber, held);
    }
    return held;
  }

  /** Takes a subscriber out of the list of a topic, and puts the last one of the list in its place. */
  #removeAt(node: PrefixNode<S[]>, place: number): 'last' | 'another' {
    const subscribers = node.value as S[];
    const last = subscribers.pop() as S;
    if (subscribers.length === 0) {
      node.value = undefined;
      this.#tree.prune(node);
      return 'last';
    }
    if (place < subscribers.length) {
      subscribers[place] = last;
      this.#held.get(last)?.set(node, place);
    }
    return 'another';
  }
}
