// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, createProblem } from '#domain/problem/problem.ts';
import type { ConfigSource } from '#ports/config-source.ts';
import type { NodeEvents } from '#ports/node-events.ts';
import type { NodeLabels } from '#ports/node-labels.ts';
import { type ClusterParts, inClusterAccess } from './api/cluster-access.ts';
import { kubeconfigAccess } from './api/kubeconfig-access.ts';
import { type KubernetesConfigOptions, KubernetesConfigSource } from './config-map/config-source.ts';
import { nodeNameNotSetForEvents } from './node/problems.ts';
import { KubernetesNodeEvents, type NodeEventsOptions } from './node/events.ts';
import { KubernetesNodeLabels, type KubernetesNodeOptions } from './node/labels.ts';

export interface ClusterOptions extends Omit<ClusterParts, 'access'> {
  /** Null for the ServiceAccount of the pod. */
  readonly kubeconfig: string | null;
  readonly environment: NodeJS.ProcessEnv;
  readonly parseYaml: (text: string) => Promise<unknown>;
}

/** `configMap` is `[namespace/]name`, or null if it is not set. */
type SettingsOptions = Omit<KubernetesConfigOptions, keyof ClusterParts | 'configMap'> & {
  readonly configMap: string | null;
};

/** `node` is null if the name of the node is not set. */
type EventsOptions = Omit<NodeEventsOptions, keyof ClusterParts | 'node'> & { readonly node: string | null };

const nameForm = /^(?:([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/)?([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)$/;

/**
 * Creates adapters for one cluster. This file is a bundle that is loaded only if the options need the Kubernetes API.
 * Each method rejects with a ProblemError if the options give no access or are not valid. None contacts the API server.
 */
export class KubernetesAdapters {
  constructor(private readonly options: ClusterOptions) {}

  async configSource({ configMap, ...options }: SettingsOptions): Promise<ConfigSource> {
    const [, namespace, name] = nameForm.exec(configMap ?? '') ?? [];
    if (name === undefined) throw new ProblemError([configMapNotSet(configMap)]);
    const parts = await this.parts();
    const fullName = { namespace: namespace ?? parts.access.namespace, name };
    return new KubernetesConfigSource({ ...options, ...parts, configMap: fullName });
  }

  async nodeLabels(options: Omit<KubernetesNodeOptions, keyof ClusterParts>): Promise<NodeLabels> {
    return new KubernetesNodeLabels({ ...options, ...(await this.parts()) });
  }

  async nodeEvents({ node, ...options }: EventsOptions): Promise<NodeEvents> {
    if (node === null) throw new ProblemError([nodeNameNotSetForEvents]);
    return new KubernetesNodeEvents({ ...options, ...(await this.parts()), node });
  }

  private async parts(): Promise<ClusterParts> {
    const { kubeconfig, environment, parseYaml, clock, random } = this.options;
    const access = await (kubeconfig === null ? inClusterAccess(environment) : kubeconfigAccess(kubeconfig, parseYaml));
    return { access, clock, random };
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
