// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import type { ProblemCode } from '#domain/problem/catalogue.ts';
import { type Problem, createProblem } from '#domain/problem/problem.ts';

/** The ConfigMap that holds the settings. */
export interface ConfigMapName {
  readonly namespace: string;
  readonly name: string;
}

/** `found` completes a sentence that begins with the name of the ConfigMap. */
export function configMapProblem(
  code: ProblemCode,
  { namespace, name }: ConfigMapName,
  found: string,
  remedy: string,
): Problem {
  const subject = `${namespace}/${name}`;
  return createProblem(code, { subject, message: `The ConfigMap ${subject} ${found}.`, remedy });
}

/** The remedy ends with the missing rule as YAML without double quotes, which the log would escape. */
export function configMapForbidden({ namespace, name }: ConfigMapName, reason: string): Problem {
  const rule = `{apiGroups: [''], resources: [configmaps], resourceNames: ['${name}'], verbs: [get, watch]}`;
  return createProblem('KUBERNETES_FORBIDDEN', {
    subject: `${namespace}/${name}`,
    message: `This program is not allowed to read the ConfigMap ${namespace}/${name} (403: ${reason}).`,
    remedy:
      'Check the name of the ConfigMap. If it is right, grant the ServiceAccount this rule in the namespace ' +
      `${namespace}, as the component kubernetes-settings of deploy/ does: ${rule}`,
  });
}

export function configMapMissing({ namespace, name }: ConfigMapName): Problem {
  return createProblem('KUBERNETES_CONFIG_MAP_MISSING', {
    subject: `${namespace}/${name}`,
    message: `There is no ConfigMap ${name} in the namespace ${namespace}, or the namespace does not exist.`,
    remedy: 'Create it, or name another one with --config-map [namespace/]name; the program waits for it.',
  });
}

export function settingsFromCache({ namespace, name }: ConfigMapName, file: string): Problem {
  return createProblem('KUBERNETES_SETTINGS_CACHED', {
    subject: file,
    message:
      'The Kubernetes API cannot be reached, so the program uses the last good settings of the ConfigMap ' +
      `${namespace}/${name} from the cache ${file}.`,
    remedy: 'No action needed: the program reads the ConfigMap as soon as the API server responds.',
  });
}

export function cacheUnusable(file: string, why: string): Problem {
  return createProblem('KUBERNETES_SETTINGS_CACHE_UNUSABLE', {
    subject: file,
    message: `The cached settings in ${file} cannot be used: ${why.replace(/\.$/, '')}.`,
    remedy: 'No action needed: the program replaces the cache when it has read the ConfigMap from the API server.',
  });
}

export function cacheWriteFailed(file: string, error: unknown): Problem {
  return createProblem('KUBERNETES_SETTINGS_CACHE_WRITE_FAILED', {
    subject: file,
    message: `The settings cannot be cached in ${file} for a start without the API server (${errorCode(error)}).`,
    remedy: 'Mount a writable directory at --state-dir, or remove the flag.',
  });
}
