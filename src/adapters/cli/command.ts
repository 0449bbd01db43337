// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { type FlagValues, flags } from './flags.ts';

export const commandNames = ['run', 'discover', 'demo', 'version'] as const;
export type CommandName = (typeof commandNames)[number];

/** What the user asks the program to do, with the options for it. */
export type Command =
  | { readonly name: 'run'; readonly options: RunOptions }
  | { readonly name: 'discover'; readonly discovery: DiscoveryOptions; readonly output: OutputFormat }
  | { readonly name: 'demo' }
  | { readonly name: 'version'; readonly json: boolean };

export type OutputFormat = NonNullable<FlagValues['output']>;

export type LogOptions = ReturnType<typeof logOptions>;
export type DiscoveryOptions = ReturnType<typeof discoveryOptions>;
export type RunOptions = ReturnType<typeof runOptions>;

/** Returns null for an output format that the command does not have. */
export function commandOf(name: CommandName, values: FlagValues): Command | null {
  const { output } = values;
  if (name === 'discover') return { name, discovery: discoveryOptions(values), output: output ?? 'table' };
  if (name === 'version') return output === null || output === 'json' ? { name, json: output !== null } : null;
  if (output !== null) return null;
  return name === 'run' ? { name, options: runOptions(values) } : { name };
}

export function logOptions(values: FlagValues) {
  return { level: values['log-level'], format: values['log-format'] } as const;
}

function discoveryOptions(values: FlagValues) {
  return {
    adapter: values.discovery,
    hostRoot: values['host-root'],
    fakeHcasFile: values['fake-hcas'],
    /** Specifiers of discovery modules, in order of precedence. */
    modules: values['discovery-module'],
  } as const;
}

/** Where the settings come from. `configMap` is `[namespace/]name`; `stateDirectory` is null for no cache. */
function settingsOptions(values: FlagValues) {
  const kind = values['config-source'];
  if (kind === 'file') return { kind, path: values['config-file'] } as const;
  const { 'config-map': configMap, 'config-map-key': key, 'state-dir': stateDirectory } = values;
  return { kind, configMap, key, stateDirectory } as const;
}

function runOptions(values: FlagValues) {
  const kubeletRoot = values['kubelet-root-dir'] || flags['kubelet-root-dir'].fallback;
  return {
    settings: settingsOptions(values),
    /** For the settings, labels and Events alike; null for the ServiceAccount of the pod. */
    kubeconfig: values.kubeconfig,
    node: { name: values['node-name'], labelsFile: values['node-labels-file'], postsEvents: values['node-events'] },
    discovery: discoveryOptions(values),
    registration: {
      mode: values.registration,
      /** Where the kubelet's directories are mounted; those that are null follow the root directory. */
      places: {
        kubeletRoot,
        devicePlugins: values['device-plugins-dir'],
        pluginsRegistry: values['plugins-registry-dir'],
      },
    },
    /** May be absent. */
    podResourcesSocket: values['pod-resources-socket'] ?? join(kubeletRoot, 'pod-resources/kubelet.sock'),
    /** Null unless containers get their device nodes through CDI. */
    cdiDirectory: values['use-cdi'] ? values['cdi-dir'] : null,
    /** Null unless metrics are served. */
    metricsAddress: values['metrics-address'],
  } as const;
}
