// SPDX-License-Identifier: Apache-2.0
import { ProblemError, createProblem } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { ConfigSource } from '#ports/config-source.ts';
import type { NodeEvents } from '#ports/node-events.ts';
import type { NodeLabels } from '#ports/node-labels.ts';
import type { ClusterAccess } from './api/cluster-access.ts';
import { inClusterAccess } from './api/in-cluster-access.ts';
import { kubeconfigAccess } from './api/kubeconfig-access.ts';
import { type DecodeSettings, KubernetesConfigSource } from './config-map/config-source.ts';
import { KubernetesNodeEvents, type NodeEventsOptions } from './node/events.ts';
import { KubernetesNodeLabels } from './node/labels.ts';

/** What is said about the use of the Kubernetes API; null for what is not said. */
export interface KubernetesOptions {
  readonly kubeconfig: string | null;
  readonly stateDirectory: string | null;
  readonly environment: NodeJS.ProcessEnv;
  readonly parseYaml: (text: string) => Promise<unknown>;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface KubernetesSettingsOptions extends KubernetesOptions {
  /** `[namespace/]name`. */
  readonly configMap: string | null;
  readonly key: string | null;
  readonly decode: DecodeSettings;
}

const nameForm = /^(?:([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/)?([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)$/;

/** Makes the source of settings. Rejects with a ProblemError where the options cannot work. */
export async function kubernetesSettings(options: KubernetesSettingsOptions): Promise<ConfigSource> {
  const { configMap, key, stateDirectory, decode, clock, random } = options;
  const [, namespace, name] = nameForm.exec(configMap ?? '') ?? [];
  if (name === undefined) throw new ProblemError([configMapUnnamed(configMap)]);
  const access = await accessOf(options);
  return new KubernetesConfigSource({
    access,
    configMap: { namespace: namespace ?? access.namespace, name },
    key,
    stateDirectory,
    decode,
    clock,
    random,
  });
}

/** The labels of the node of this name. Rejects with a ProblemError where the options cannot work. */
export async function kubernetesNodeLabels(
  options: KubernetesOptions & { readonly nodeName: string | null },
): Promise<NodeLabels> {
  const { nodeName, stateDirectory, clock, random } = options;
  return new KubernetesNodeLabels({ access: await accessOf(options), nodeName, stateDirectory, clock, random });
}

/** Events of the node. Rejects with a ProblemError where the options cannot work. */
export async function kubernetesNodeEvents({
  node,
  clock,
  wallClock,
  random,
  logger,
  ...options
}: KubernetesOptions & Omit<NodeEventsOptions, 'access'>): Promise<NodeEvents> {
  return new KubernetesNodeEvents({ access: await accessOf(options), node, clock, wallClock, random, logger });
}

async function accessOf({
  kubeconfig,
  environment,
  parseYaml,
}: Pick<KubernetesOptions, 'kubeconfig' | 'environment' | 'parseYaml'>): Promise<ClusterAccess> {
  return kubeconfig === null ? inClusterAccess(environment) : await kubeconfigAccess(kubeconfig, parseYaml);
}

function configMapUnnamed(configMap: string | null) {
  return createProblem('KUBERNETES_CONFIG_MAP_NOT_SET', {
    subject: '--config-map',
    message:
      configMap === null
        ? 'The settings are to come from the Kubernetes API, and no ConfigMap is named.'
        : `The ConfigMap is given as ${JSON.stringify(configMap)}, which is no [namespace/]name.`,
    remedy: 'Name it with --config-map [namespace/]name.',
  });
}
