// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import type { ProblemCode } from '#domain/problem/catalogue.ts';
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import { quoted } from './missing-right.ts';

/** The object whose data are the settings. */
export interface ConfigMapName {
  readonly namespace: string;
  readonly name: string;
}

export const notInCluster = createProblem('KUBERNETES_NOT_IN_CLUSTER', {
  subject: '--config-source',
  message:
    'The settings are to come from the Kubernetes API, and this program does not run in a pod: KUBERNETES_SERVICE_HOST is not set.',
  remedy: 'Run it in a pod with a ServiceAccount, or name a kubeconfig with --kubeconfig.',
});

export function serverAddressStrange(host: string, port: string): Problem {
  return createProblem('KUBERNETES_SERVER_ADDRESS_INVALID', {
    subject: '--config-source',
    message: `KUBERNETES_SERVICE_HOST is ${JSON.stringify(host)} and KUBERNETES_SERVICE_PORT is ${JSON.stringify(port)}, which is no address of an API server.`,
    remedy: 'Leave both variables to the kubelet, or give an IP address or a host name, and a port.',
  });
}

export function credentialsUnreadable(path: string, error: unknown): Problem {
  return createProblem('KUBERNETES_CREDENTIALS_UNREADABLE', {
    subject: path,
    message: `The credentials for the Kubernetes API cannot be read from ${path} (${errorCode(error)}).`,
    remedy: 'Let the pod mount its ServiceAccount token (automountServiceAccountToken), or correct the kubeconfig.',
  });
}

export function kubeconfigUnusable(path: string, why: string): Problem {
  return createProblem('KUBERNETES_KUBECONFIG_UNUSABLE', {
    subject: path,
    message: `The kubeconfig ${path} cannot be used: ${why}.`,
    remedy: 'Give a kubeconfig whose current context has a server, and a user with a token or a client certificate.',
  });
}

/** Nobody answered as an API server does. */
export function unreachable(server: URL, why: string): Problem {
  return createProblem('KUBERNETES_UNREACHABLE', {
    subject: server.host,
    message: `The Kubernetes API server ${server.host} cannot be reached: ${why}.`,
    remedy: 'Check that the API server runs and that this node reaches it; it is tried again by itself.',
  });
}

export function certificateRefused(server: URL, why: string): Problem {
  return createProblem('KUBERNETES_CERTIFICATE_INVALID', {
    subject: server.host,
    message: `The certificate of the Kubernetes API server ${server.host} does not fit the CA that is to vouch for it (${why}).`,
    remedy: 'Check ca.crt of the ServiceAccount, or certificate-authority of the kubeconfig.',
  });
}

export function strangeAnswer(server: URL, what: string): Problem {
  return createProblem('KUBERNETES_UNEXPECTED_RESPONSE', {
    subject: server.host,
    message: `${server.host} does not answer as a Kubernetes API server does: ${what}.`,
    remedy: 'Check that the address is that of the API server and that no proxy stands in between.',
  });
}

export function tokenRefused(server: URL): Problem {
  return createProblem('KUBERNETES_TOKEN_REJECTED', {
    subject: server.host,
    message: `The Kubernetes API server ${server.host} does not accept the token of this program (401).`,
    remedy: 'Check that the ServiceAccount exists and that the clocks agree; a renewed token is taken by itself.',
  });
}

/** The missing rule is given as it stands in a Role, without double quotes, which a log would escape. */
export function forbidden({ namespace, name }: ConfigMapName, message: string): Problem {
  const rule = `{apiGroups: [''], resources: [configmaps], resourceNames: [${quoted(name)}], verbs: [get, watch]}`;
  return createProblem('KUBERNETES_FORBIDDEN', {
    subject: `${namespace}/${name}`,
    message: `This program may not read the ConfigMap ${namespace}/${name} (403: ${oneLine(message)}).`,
    remedy: `If this is the ConfigMap that is meant, add this rule to a Role in the namespace ${namespace} that a RoleBinding gives to its ServiceAccount: ${rule}`,
  });
}

/** Rights by name cannot say "the own node", so that the rule is for all of them. */
export function nodeForbidden(name: string, message: string): Problem {
  const rule = "{apiGroups: [''], resources: [nodes], verbs: [get]}";
  return createProblem('KUBERNETES_NODE_FORBIDDEN', {
    subject: name,
    message: `The settings have entries for nodes with some labels, and this program may not read the Node ${name} (403: ${oneLine(message)}).`,
    remedy: `Add this rule to a ClusterRole that a ClusterRoleBinding gives to its ServiceAccount: ${rule}`,
  });
}

export function nodeMissing(name: string): Problem {
  return createProblem('KUBERNETES_NODE_MISSING', {
    subject: name,
    message: `There is no Node ${name}, whose labels the settings ask for.`,
    remedy: 'Correct NODE_NAME or --node-name: let the pod take it from the field spec.nodeName.',
  });
}

export const nodeUnnamed = createProblem('NODE_NAME_NOT_SET', {
  subject: '--node-name',
  message:
    'The settings have entries for nodes with some labels, and the name of this node, whose labels are to be read, is not known: neither --node-name nor the variable NODE_NAME says it.',
  remedy: 'Add this to env of the container: {name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}',
});

export function configMapMissing({ namespace, name }: ConfigMapName): Problem {
  return createProblem('KUBERNETES_CONFIG_MAP_MISSING', {
    subject: `${namespace}/${name}`,
    message: `There is no ConfigMap ${name} in the namespace ${namespace}, or no such namespace.`,
    remedy: 'Create it, or name another with --config-map [namespace/]name; it is taken when it is there.',
  });
}

export function configMapProblem(
  code: ProblemCode,
  { namespace, name }: ConfigMapName,
  found: string,
  remedy: string,
): Problem {
  return createProblem(code, {
    subject: `${namespace}/${name}`,
    message: `The ConfigMap ${namespace}/${name} ${found}.`,
    remedy,
  });
}

export function fromDisk({ namespace, name }: ConfigMapName, file: string): Problem {
  return createProblem('KUBERNETES_SETTINGS_CACHED', {
    subject: file,
    message: `The Kubernetes API cannot be reached, so the last good settings of the ConfigMap ${namespace}/${name} are used, as ${file} kept them.`,
    remedy: 'Nothing needs to be done: the ConfigMap is read as soon as the API server answers.',
  });
}

export function keptUnusable(file: string, why: string): Problem {
  return createProblem('KUBERNETES_SETTINGS_CACHE_UNUSABLE', {
    subject: file,
    message: `The settings that were kept in ${file} for a start without the API server cannot be used: ${why.replace(/\.$/, '')}.`,
    remedy: 'Nothing needs to be done: the ConfigMap is read as soon as the API server answers, and kept anew.',
  });
}

export function notKept(file: string, error: unknown): Problem {
  return createProblem('KUBERNETES_SETTINGS_CACHE_WRITE_FAILED', {
    subject: file,
    message: `The settings cannot be kept in ${file} for a start without the API server (${errorCode(error)}).`,
    remedy: 'Mount a directory that can be written to at --state-dir, or leave the flag out.',
  });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 300);
}
