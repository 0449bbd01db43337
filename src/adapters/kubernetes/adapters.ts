// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, createProblem } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { ConfigSource } from '#ports/config-source.ts';
import type { NodeEvents } from '#ports/node-events.ts';
import type { NodeLabels } from '#ports/node-labels.ts';
import type { ClusterAccess } from './api/cluster-access.ts';
import { inClusterAccess } from './api/in-cluster-access.ts';
import { kubeconfigAccess } from './api/kubeconfig-access.ts';
import { type KubernetesConfigOptions, KubernetesConfigSource } from './config-map/config-source.ts';
import { nodeNameNotSetForEvents } from './node/problems.ts';
import { KubernetesNodeEvents, type NodeEventsOptions } from './node/events.ts';
import { KubernetesNodeLabels, type KubernetesNodeOptions } from './node/labels.ts';

export interface ClusterOptions {
  /** Null for the ServiceAccount of the pod. */
  readonly kubeconfig: string | null;
  readonly environment: NodeJS.ProcessEnv;
  readonly parseYaml: (text: string) => Promise<unknown>;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
}

/** What the adapters of one cluster share. */
type Shared = Pick<ClusterOptions, 'clock' | 'random'> & { readonly access: ClusterAccess };

/** `configMap` is `[namespace/]name`, or null if it is not set. */
type SettingsOptions = Omit<KubernetesConfigOptions, keyof Shared | 'configMap'> & {
  readonly configMap: string | null;
};

/** `node` is null if the name of the node is not set. */
type EventsOptions = Omit<NodeEventsOptions, keyof Shared | 'node'> & { readonly node: string | null };

const nameForm = /^(?:([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/)?([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)$/;

/** The adapters of one cluster. A bundle of its own, which is loaded only if the options need the Kubernetes API. */
export class KubernetesAdapters {
  private constructor(private readonly shared: Shared) {}

  /** Rejects with a ProblemError if the options give no access. Does not contact the API server. */
  static async create({ kubeconfig, environment, parseYaml, ...rest }: ClusterOptions): Promise<KubernetesAdapters> {
    const inCluster = kubeconfig === null;
    const access = inCluster ? inClusterAccess(environment) : await kubeconfigAccess(kubeconfig, parseYaml);
    return new KubernetesAdapters({ ...rest, access });
  }

  /** Throws a ProblemError if `configMap` is not a valid name. */
  configSource({ configMap, ...options }: SettingsOptions): ConfigSource {
    const [, namespace = this.shared.access.namespace, name] = nameForm.exec(configMap ?? '') ?? [];
    if (name === undefined) throw new ProblemError([configMapNotSet(configMap)]);
    return new KubernetesConfigSource({ ...options, ...this.shared, configMap: { namespace, name } });
  }

  nodeLabels(options: Omit<KubernetesNodeOptions, keyof Shared>): NodeLabels {
    return new KubernetesNodeLabels({ ...options, ...this.shared });
  }

  /** Throws a ProblemError if the name of the node is not set. */
  nodeEvents({ node, ...options }: EventsOptions): NodeEvents {
    if (node === null) throw new ProblemError([nodeNameNotSetForEvents]);
    return new KubernetesNodeEvents({ ...options, ...this.shared, node });
  }
}

function configMapNotSet(configMap: string | null): Problem {
  return createProblem('KUBERNETES_CONFIG_MAP_NOT_SET', {
    subject: '--config-map',
    message:
      configMap === null
        ? 'The settings come from the Kubernetes API, but no ConfigMap is set.'
        : `The ConfigMap ${JSON.stringify(configMap)} does not have the form [namespace/]name.`,
    remedy: 'Set --config-map to [namespace/]name.',
  });
}
