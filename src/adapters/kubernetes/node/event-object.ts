// SPDX-License-Identifier: Apache-2.0
import type { NodeEvent } from '#ports/node-events.ts';

/** The namespace for Events of objects that have none (apiserver, validation of Events). */
export const eventsNamespace = 'default';

export const eventsPath = `/api/v1/namespaces/${eventsNamespace}/events`;

/** The name of an object has at most 253 characters, of which a dot and a hexadecimal number are 17. */
const maxPrefixLength = 253 - 17;

/** The longest message that the API accepts, in bytes of UTF-8 (validation of core Events, NoteLengthLimit). */
const maxMessageBytes = 1024;

/**
 * Returns a unique name in the form of client-go: the name of the Node, and nanoseconds since 1970. `sequence`
 * distinguishes the Events of this process within one millisecond.
 */
export function eventName(node: string, wallMs: number, sequence: number): string {
  const number = BigInt(Math.floor(wallMs)) * 1_000_000n + BigInt(sequence % 1_000_000);
  return `${node.slice(0, maxPrefixLength).replace(/[.-]+$/, '')}.${number.toString(16)}`;
}

/**
 * Returns the Event as an object of the API. The uid of the Node is its name, as in the kubelet's own Events: `kubectl
 * describe node` shows Events with that or with the true uid, and reading the true one would need permission to read
 * Nodes.
 */
export function eventObject(event: NodeEvent, node: string, name: string, wallMs: number): object {
  const { type, reason } = event;
  const time = timeOf(wallMs);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: eventsNamespace },
    involvedObject: { apiVersion: 'v1', kind: 'Node', name: node, uid: node },
    type,
    reason,
    message: eventMessage(event),
    source: { component: 'rdma-shared-dp', host: node },
    reportingComponent: 'rdma-shared-dp',
    reportingInstance: node,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

/** Returns the changes to an Event that has occurred again. */
export function eventRecurrence(count: number, wallMs: number): object {
  return { count, lastTimestamp: timeOf(wallMs) };
}

/** Joins message and closing. The closing helps most, so the message is the part that is cut. */
export function eventMessage({ message, closing }: Pick<NodeEvent, 'message' | 'closing'>): string {
  const end = closing === '' ? '' : ` ${truncate(closing, maxMessageBytes / 2)}`;
  return `${truncate(message, maxMessageBytes - Buffer.byteLength(end))}${end}`;
}

/** Returns the beginning of a text, with `…` if something was cut off, in at most `limit` bytes of UTF-8. */
function truncate(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(limit - Buffer.byteLength('…')));
  return `${text.slice(0, read)}…`;
}

/** Formats a time as metav1.Time does: to the second. */
function timeOf(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
