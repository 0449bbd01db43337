// SPDX-License-Identifier: Apache-2.0
import type { NodeEvent } from '#ports/node-events.ts';
import { eventMessage } from './event-message.ts';

/** Where Events of objects without a namespace live (apiserver, validation of Events). */
export const eventsNamespace = 'default';

export const eventsPath = `/api/v1/namespaces/${eventsNamespace}/events`;

/** A name of an object has at most 253 characters; a dot and the hexadecimal number follow. */
const longestPrefix = 253 - 17;

/**
 * A name that no other Event has, as client-go makes it: that of the object, and the nanoseconds since 1970. `sequence` tells apart what this process
 * posts in one millisecond.
 */
export function eventName(node: string, wallMs: number, sequence: number): string {
  const number = BigInt(Math.floor(wallMs)) * 1_000_000n + BigInt(sequence % 1_000_000);
  return `${node.slice(0, longestPrefix).replace(/[.-]+$/, '')}.${number.toString(16)}`;
}

/**
 * The Event as the API takes it. The uid of the Node is its name, as the kubelet has it: `kubectl describe node` looks for Events with that or with the
 * true uid, shows none without one, and to know the true one would take the right to read Nodes.
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

/** What is changed in an Event that is there when the same happens again. */
export function eventChange(count: number, wallMs: number): object {
  return { count, lastTimestamp: timeOf(wallMs) };
}

/** As metav1.Time is written: to the second. */
function timeOf(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
