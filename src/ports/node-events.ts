// SPDX-License-Identifier: Apache-2.0

/** An event about this node, for the operators of the cluster. */
export interface NodeEvent {
  /** The subject of the event. A newer event about the same subject replaces one that is not posted yet. */
  readonly about: string;
  readonly type: 'Normal' | 'Warning';
  /** One word in PascalCase. Reasons are stable: scripts match them. */
  readonly reason: string;
  /** Complete sentences on one line. Truncated if message and closing together are too long. */
  readonly message: string;
  /** Sentences that follow the message, such as a remedy; may be empty. */
  readonly closing: string;
}

/**
 * Posts events where operators look first. An implementation must guarantee:
 * - `post` returns immediately and never throws, whatever the state of the cluster. Events may be delayed, so that many
 *   nodes do not post at the same time. In the end the newest event about each subject is posted, unless the cluster
 *   rejects it.
 * - `stop` returns immediately and ends everything that `post` started. Events that are not posted yet are discarded.
 */
export abstract class NodeEvents {
  abstract post(event: NodeEvent): void;
  abstract stop(): void;
}
