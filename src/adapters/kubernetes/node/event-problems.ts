// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import { eventsNamespace } from './event-object.ts';
import { grantOf } from '../api/missing-right.ts';

/** Events are a help to people and nothing else, so that none of this is more than a warning. */
export function eventsForbidden(node: string, message: string): Problem {
  const grant = grantOf(
    {
      name: 'rdma-shared-dp-events',
      namespace: eventsNamespace,
      rule: "{apiGroups: [''], resources: [events], verbs: [create, patch]}",
    },
    message,
  );
  return createProblem('KUBERNETES_EVENTS_FORBIDDEN', {
    subject: node,
    message: `This program may not tell of the node ${node} in Events (403: ${message.replace(/\s+/g, ' ').slice(0, 300)}).`,
    remedy: `Add the component node-events, or apply this: ${grant} Without Events leave out --node-events.`,
  });
}

export function eventRefused(node: string, what: string): Problem {
  return createProblem('KUBERNETES_EVENT_REJECTED', {
    subject: node,
    message: `The Kubernetes API does not take an Event of the node ${node} (${what}), and so it is left out.`,
    remedy:
      'Check that --node-name is the name of the Node. If it is, this is a defect of rdma-shared-dp: please report it.',
  });
}

export const nodeUnnamedForEvents = createProblem('NODE_NAME_NOT_SET', {
  subject: '--node-name',
  message:
    'Events of this node are asked for with --node-events, and neither --node-name nor the variable NODE_NAME says its name.',
  remedy: 'Add this to env of the container: {name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}',
});
