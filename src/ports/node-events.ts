// SPDX-License-Identifier: Apache-2.0

/**
 * One piece of news for whoever looks at this node in the cluster. `about` names what it is news of; of two with the same, the
 * newer counts. `reason` is one word in capitals and small letters, the same in all versions. `message` is whole sentences in one line, of at most
 * `longestEventMessage` bytes.
 */
export interface NodeEvent {
  readonly about: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What the API takes of a message (validation of core Events, NoteLengthLimit), in bytes of UTF-8. */
export const longestEventMessage = 1024;

/**
 * Tells news where operators look first. An implementer must guarantee:
 * - `post` returns at once and never throws, whatever state the other side is in. News may come late, when it is spread over a cluster,
 *   and the newest about each subject comes in the end, unless the other side will not have it.
 * - `stop` ends all that `post` began, and returns at once: news that nobody has yet is dropped.
 */
export abstract class NodeEvents {
  abstract post(event: NodeEvent): void;
  abstract stop(): void;
}
