// SPDX-License-Identifier: Apache-2.0
import type { FlagValues } from './flags.ts';

export const commandNames = ['run', 'discover', 'demo', 'version'] as const;
export type CommandName = (typeof commandNames)[number];

/** What the program is asked to do, with the options that this takes. */
export type Command =
  | { readonly name: 'run'; readonly options: RunOptions }
  | { readonly name: 'discover'; readonly discovery: DiscoveryOptions; readonly output: OutputFormat }
  | { readonly name: 'demo' }
  | { readonly name: 'version'; readonly json: boolean };

export type OutputFormat = NonNullable<FlagValues['output']>;

export interface LogOptions {
  readonly level: FlagValues['log-level'];
  readonly format: FlagValues['log-format'];
}

export interface DiscoveryOptions {
  readonly adapter: FlagValues['discovery'];
  readonly hostRoot: string;
  readonly fakeHcasFile: string | null;
  /** Specifiers of discovery modules, in order of precedence. */
  readonly modules: readonly string[];
}

/** Where the settings come from. `configMap` is `[namespace/]name`; `stateDirectory` is null for no cache. */
type SettingsOptions =
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'kubernetes';
      readonly configMap: string | null;
      readonly key: string | null;
      readonly stateDirectory: string | null;
    };

export interface RunOptions {
  readonly settings: SettingsOptions;
  /** For the settings, labels and Events alike; null for the ServiceAccount of the pod. */
  readonly kubeconfig: string | null;
  readonly node: { readonly name: string | null; readonly labelsFile: string | null; readonly postsEvents: boolean };
  readonly discovery: DiscoveryOptions;
  readonly registration: {
    readonly mode: FlagValues['registration'];
    readonly directories: { readonly devicePlugins: string; readonly pluginsRegistry: string };
  };
  /** Null unless containers get their device nodes through CDI. */
  readonly cdiDirectory: string | null;
  /** Null unless metrics are served. */
  readonly metricsAddress: string | null;
}

export function logOptions(values: FlagValues): LogOptions {
  return { level: values['log-level'], format: values['log-format'] };
}

/** Returns null for an output format that the command does not have. */
export function commandOf(name: CommandName, values: FlagValues): Command | null {
  const { output } = values;
  if (name === 'discover') return { name, discovery: discoveryOptions(values), output: output ?? 'table' };
  if (name === 'version') return output === null || output === 'json' ? { name, json: output !== null } : null;
  if (output !== null) return null;
  return name === 'run' ? { name, options: runOptions(values) } : { name };
}

function discoveryOptions(values: FlagValues): DiscoveryOptions {
  return {
    adapter: values.discovery,
    hostRoot: values['host-root'],
    fakeHcasFile: values['fake-hcas'],
    modules: values['discovery-module'],
  };
}

function settingsOptions(values: FlagValues): SettingsOptions {
  const kind = values['config-source'];
  if (kind === 'file') return { kind, path: values['config-file'] };
  const { 'config-map': configMap, 'config-map-key': key, 'state-dir': stateDirectory } = values;
  return { kind, configMap, key, stateDirectory };
}

function runOptions(values: FlagValues): RunOptions {
  return {
    settings: settingsOptions(values),
    kubeconfig: values.kubeconfig,
    node: { name: values['node-name'], labelsFile: values['node-labels-file'], postsEvents: values['node-events'] },
    discovery: discoveryOptions(values),
    registration: {
      mode: values.registration,
      directories: { devicePlugins: values['device-plugins-dir'], pluginsRegistry: values['plugins-registry-dir'] },
    },
    cdiDirectory: values['use-cdi'] ? values['cdi-dir'] : null,
    metricsAddress: values['metrics-address'],
  };
}
