// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import { eventsNamespace } from './event-object.ts';

/** The rule covers every Node: RBAC cannot express "the node of this pod". */
export function nodeForbidden(name: string, reason: string): Problem {
  return createProblem('KUBERNETES_NODE_FORBIDDEN', {
    subject: name,
    message:
      'The settings select nodes by label, but this program is not allowed to read ' +
      `the Node ${name} (403: ${reason}).`,
    remedy:
      'Grant the ServiceAccount this rule with a ClusterRole, as the component kubernetes-settings of deploy/ does: ' +
      "{apiGroups: [''], resources: [nodes], verbs: [get]}",
  });
}

export function nodeMissing(name: string): Problem {
  return createProblem('KUBERNETES_NODE_MISSING', {
    subject: name,
    message: `The settings select nodes by label, but there is no Node ${name}.`,
    remedy: 'Correct NODE_NAME or --node-name. In a pod, set NODE_NAME from the field spec.nodeName.',
  });
}

/** `why` is a clause that says what needs the name. */
function nodeNameNotSet(why: string): Problem {
  return createProblem('NODE_NAME_NOT_SET', {
    subject: '--node-name',
    message: `${why}, but the name of this node is not known: neither --node-name nor NODE_NAME is set.`,
    remedy: 'Add this to env of the container: {name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}',
  });
}

export const nodeNameNotSetForLabels = nodeNameNotSet('The settings select nodes by label');
export const nodeNameNotSetForEvents = nodeNameNotSet('--node-events asks for Events of this node');

export function eventsForbidden(node: string, reason: string): Problem {
  return createProblem('KUBERNETES_EVENTS_FORBIDDEN', {
    subject: node,
    message: `This program is not allowed to post Events of the Node ${node} (403: ${reason}).`,
    remedy:
      'Remove --node-events if you do not want Events. Otherwise grant the ServiceAccount this rule in the namespace ' +
      `${eventsNamespace}, as the component node-events of deploy/ does: ` +
      "{apiGroups: [''], resources: [events], verbs: [create, patch]}",
  });
}

export function eventRejected(node: string, found: string): Problem {
  return createProblem('KUBERNETES_EVENT_REJECTED', {
    subject: node,
    message: `The Kubernetes API rejected an Event of the Node ${node} (${found}). The Event is discarded.`,
    remedy: 'Check that --node-name is the name of the Node. If it is, report this as a bug of rdma-shared-dp.',
  });
}
