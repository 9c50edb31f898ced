/**
 * What a subscriber has subscribed to. 29/PUBSUB, "The SUB Socket Type".
 *
 * Here subscriptions are counted: a topic is held until it has been cancelled as often as it was subscribed to. Publishers
 * hear of every subscription, and of the cancellation that is the last; see XSUB.
 *
 * @module
 */
import { type PrefixNode, PrefixTree } from './prefix-tree.ts';

export class Topics {
  readonly #tree = new PrefixTree<number>();

  subscribe(topic: Uint8Array): void {
    const node = this.#tree.insert(topic);
    node.value = (node.value ?? 0) + 1;
  }

  /** Answers whether the topic was held and is so no more. */
  cancel(topic: Uint8Array): boolean {
    const node = this.#tree.find(topic);
    if (node?.value === undefined) return false;
    node.value--;
    if (node.value > 0) return false;
    node.value = undefined;
    this.#tree.prune(node);
    return true;
  }

  /** Whether `bytes` begin with one of the topics. */
  matches(bytes: Uint8Array): boolean {
    let node: PrefixNode<number> | undefined = this.#tree.root;
    while (node !== undefined && node.value === undefined) node = node.next(bytes);
    return node !== undefined;
  }

  /** Each topic once, in the order of bytes. Nothing may change meanwhile. */
  *[Symbol.iterator](): Generator<Uint8Array> {
    for (const node of this.#tree.inOrder()) yield this.#tree.topicOf(node);
  }
}
