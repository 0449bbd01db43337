// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { type Problem, createProblem } from '#domain/problem/problem.ts';

export const notInCluster = createProblem('KUBERNETES_NOT_IN_CLUSTER', {
  subject: '--config-source',
  message: 'The program needs the Kubernetes API but does not run in a pod: KUBERNETES_SERVICE_HOST is not set.',
  remedy: 'Run it in a pod with a ServiceAccount, or set --kubeconfig to a kubeconfig file.',
});

export function serverAddressInvalid(host: string, port: string): Problem {
  const [quotedHost, quotedPort] = [JSON.stringify(host), JSON.stringify(port)];
  return createProblem('KUBERNETES_SERVER_ADDRESS_INVALID', {
    subject: '--config-source',
    message:
      `KUBERNETES_SERVICE_HOST is ${quotedHost} and KUBERNETES_SERVICE_PORT is ${quotedPort}; ` +
      'together they are not the address of an API server.',
    remedy: 'Remove both variables from the pod, because the kubelet sets them, or set them to a host and a port.',
  });
}

export function credentialsUnreadable(path: string, error: unknown): Problem {
  return createProblem('KUBERNETES_CREDENTIALS_UNREADABLE', {
    subject: path,
    message: `The credentials for the Kubernetes API cannot be read from ${path} (${errorCode(error)}).`,
    remedy: 'Mount the ServiceAccount token into the pod (automountServiceAccountToken), or correct the kubeconfig.',
  });
}

export function kubeconfigUnusable(path: string, why: string): Problem {
  return createProblem('KUBERNETES_KUBECONFIG_UNUSABLE', {
    subject: path,
    message: `The kubeconfig ${path} cannot be used: ${why}.`,
    remedy: 'Use a kubeconfig whose current context has a server and a user with a token or a client certificate.',
  });
}

/** No API server responded, or one that cannot serve requests now. */
export function unreachable(server: URL, why: string): Problem {
  return createProblem('KUBERNETES_UNREACHABLE', {
    subject: server.host,
    message: `The Kubernetes API server ${server.host} cannot be reached: ${why}.`,
    remedy: 'Check that the API server runs and that this node can reach it. The program keeps retrying.',
  });
}

export function certificateInvalid(server: URL, why: string): Problem {
  return createProblem('KUBERNETES_CERTIFICATE_INVALID', {
    subject: server.host,
    message: `The certificate of the Kubernetes API server ${server.host} cannot be verified with the CA (${why}).`,
    remedy: 'Check ca.crt of the ServiceAccount, or certificate-authority in the kubeconfig.',
  });
}

export function unexpectedResponse(server: URL, found: string): Problem {
  return createProblem('KUBERNETES_UNEXPECTED_RESPONSE', {
    subject: server.host,
    message: `${server.host} is not a Kubernetes API server: ${found}.`,
    remedy: 'Check that this is the address of the API server and that no proxy responds instead.',
  });
}

export function tokenRejected(server: URL): Problem {
  return createProblem('KUBERNETES_TOKEN_REJECTED', {
    subject: server.host,
    message: `The Kubernetes API server ${server.host} rejects the token of this program (401).`,
    remedy:
      'Check that the ServiceAccount exists, and that the clocks of the node and the API server agree. The program ' +
      'uses a renewed token without a restart.',
  });
}
