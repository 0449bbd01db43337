// SPDX-License-Identifier: Apache-2.0
import { ProblemError } from '#domain/errors.ts';
import type { Clock } from '#ports/clock.ts';
import type { ConfigSource } from '#ports/config-source.ts';
import { inClusterAccess } from './in-cluster-access.ts';
import { kubeconfigAccess } from './kubeconfig-access.ts';
import { type DecodeSettings, KubernetesConfigSource } from './kubernetes-config-source.ts';

/** What the command line says about settings from the Kubernetes API; null for what it does not say. */
export interface KubernetesSettingsOptions {
  /** `[namespace/]name`. */
  readonly configMap: string | null;
  readonly key: string | null;
  readonly kubeconfig: string | null;
  readonly stateDirectory: string | null;
  readonly environment: NodeJS.ProcessEnv;
  readonly parseYaml: (text: string) => Promise<unknown>;
  readonly decode: DecodeSettings;
  readonly clock: Clock;
  readonly random: () => number;
}

const nameForm = /^(?:([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/)?([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)$/;

/** Makes the source of settings. Rejects with a ProblemError where the options cannot work. */
export async function kubernetesSettings(options: KubernetesSettingsOptions): Promise<ConfigSource> {
  const { configMap, kubeconfig, environment, parseYaml, key, stateDirectory, decode, clock, random } = options;
  const [, namespace, name] = nameForm.exec(configMap ?? '') ?? [];
  if (name === undefined) throw new ProblemError([configMapUnnamed(configMap)]);
  const access = kubeconfig === null ? inClusterAccess(environment) : await kubeconfigAccess(kubeconfig, parseYaml);
  return new KubernetesConfigSource({ access, configMap: { namespace: namespace ?? access.namespace, name }, key, stateDirectory, decode, clock, random });
}

function configMapUnnamed(configMap: string | null) {
  return {
    code: 'KUBERNETES_CONFIG_MAP_UNNAMED',
    actor: 'operator',
    subject: '--config-map',
    message: configMap === null ? 'The settings are to come from the Kubernetes API, and no ConfigMap is named.' : `The ConfigMap is given as ${JSON.stringify(configMap)}, which is no [namespace/]name.`,
    remedy: 'Name it with --config-map [namespace/]name.',
  } as const;
}
