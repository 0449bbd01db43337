// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { type CommandName, type OutputFormat, type Shell, shells } from './commands.ts';
import { type FlagValues, flags } from './flags.ts';

/** How a command prints its result. */
export interface Output {
  readonly format: OutputFormat;
  readonly headers: boolean;
}

/** Where the manifests have it. */
const defaultStatusSocket = '/run/rdma-shared-dp/status.sock';

/** What the user asks the program to do, with the options for it. */
export type Command =
  | { readonly name: 'run'; readonly options: RunOptions }
  | { readonly name: 'discover'; readonly discovery: ShownDiscoveryOptions; readonly output: Output }
  | { readonly name: 'explain'; readonly options: ExplainOptions; readonly output: Output }
  | { readonly name: 'doctor'; readonly options: DoctorOptions; readonly output: Output }
  | { readonly name: 'status'; readonly options: StatusOptions; readonly output: Output }
  | { readonly name: 'check'; readonly options: CheckOptions; readonly output: Output }
  | { readonly name: 'init'; readonly discovery: ShownDiscoveryOptions }
  | { readonly name: 'convert'; readonly file: string; readonly format: OutputFormat }
  | { readonly name: 'capture'; readonly options: CaptureOptions }
  | { readonly name: 'validate'; readonly options: ValidateOptions }
  | { readonly name: 'completion'; readonly shell: Shell }
  | { readonly name: 'schema'; readonly subject: string }
  | { readonly name: 'demo' }
  | { readonly name: 'version'; readonly json: boolean };

export type LogOptions = ReturnType<typeof logOptions>;
export type DiscoveryOptions = ReturnType<typeof discoveryOptions>;
/** `captureFile` is the archive of a captured host, which replaces `hostRoot`; null if there is none. */
export type ShownDiscoveryOptions = DiscoveryOptions & { readonly captureFile: string | null };
export type RunOptions = ReturnType<typeof runOptions>;
export type ExplainOptions = ReturnType<typeof explainOptions>;
export type DoctorOptions = ReturnType<typeof doctorOptions>;
export type CheckOptions = { readonly pair: string | null };
/** `file` is null for only listing what a capture would contain. */
export type CaptureOptions = { readonly hostRoot: string; readonly file: string | null };
export type ValidateOptions = {
  readonly files: readonly string[];
  readonly format: OutputFormat;
  /** Whether to say what upstream would do differently. */
  readonly withUpstream: boolean;
};
export type StatusOptions = ReturnType<typeof statusOptions>;

/** The output format is one of the command. */
export function commandOf(name: Exclude<CommandName, 'help'>, values: FlagValues, words: readonly string[]): Command {
  const format = values.output ?? 'table';
  const output = { format, headers: !values['no-headers'] };
  switch (name) {
    case 'run':
      return { name, options: runOptions(values) };
    case 'discover':
      return { name, discovery: shownDiscovery(values), output };
    case 'explain':
      return { name, options: explainOptions(values, words[0] ?? null), output };
    case 'doctor':
      return { name, options: doctorOptions(values), output };
    case 'check':
      return { name, options: { pair: values.pair }, output };
    case 'status':
      return { name, options: statusOptions(values), output };
    case 'init':
      return { name, discovery: shownDiscovery(values) };
    case 'convert':
      return { name, file: words[0] ?? '', format };
    case 'capture':
      return { name, options: { hostRoot: values['host-root'], file: words[0] ?? null } };
    case 'validate':
      return { name, options: { files: words, format, withUpstream: values.upstream } };
    case 'version':
      return { name, json: format === 'json' };
    case 'completion':
      return { name, shell: shells.find((shell) => shell === words[0]) ?? 'bash' };
    case 'schema':
      return { name, subject: words[0] ?? 'settings' };
    case 'demo':
      return { name };
  }
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

/** For a command that only shows something, a file of fake HCAs is reason enough to use it. */
function shownDiscovery(values: FlagValues): ShownDiscoveryOptions {
  const isFake = values['fake-hcas'] !== null && values.discovery === 'sysfs';
  return { ...discoveryOptions(isFake ? { ...values, discovery: 'fake' } : values), captureFile: values.capture };
}

function explainOptions(values: FlagValues, target: string | null) {
  return {
    /** The name of a resource or an HCA; null for all. */
    target,
    settings: settingsOptions(values),
    kubeconfig: values.kubeconfig,
    node: {
      name: values['node-name'],
      labelsFile: values['node-labels-file'],
      /** `key=value` each; empty for those of the file. */
      labels: values['node-labels'],
    },
    discovery: shownDiscovery(values),
    useCdi: values['use-cdi'],
  } as const;
}

function doctorOptions(values: FlagValues) {
  const cdiDirectory = cdiDirectoryOf(values);
  return { ...explainOptions(values, null), ...kubeletOptions(values), cdiDirectory } as const;
}

function statusOptions(values: FlagValues) {
  const { pods, wait, timeout } = values;
  return { socket: values['status-socket'] ?? defaultStatusSocket, pods, wait, timeoutMs: timeout } as const;
}

/** Where the settings come from. `configMap` is `[namespace/]name`; `stateDirectory` is null for no cache. */
function settingsOptions(values: FlagValues) {
  const kind = values['config-source'];
  if (kind === 'file') return { kind, path: values['config-file'] } as const;
  const { 'config-map': configMap, 'config-map-key': key, 'state-dir': stateDirectory } = values;
  return { kind, configMap, key, stateDirectory } as const;
}

function cdiDirectoryOf(values: FlagValues): string | null {
  return values['use-cdi'] ? values['cdi-dir'] : null;
}

function kubeletOptions(values: FlagValues) {
  const kubeletRoot = values['kubelet-root-dir'] || flags['kubelet-root-dir'].fallback;
  return {
    /** Where the kubelet's directories are mounted; those that are null follow the root directory. */
    places: {
      kubeletRoot,
      devicePlugins: values['device-plugins-dir'],
      pluginsRegistry: values['plugins-registry-dir'],
    },
    /** May be absent. */
    podResourcesSocket: values['pod-resources-socket'] ?? join(kubeletRoot, 'pod-resources/kubelet.sock'),
  } as const;
}

function runOptions(values: FlagValues) {
  const { places, podResourcesSocket } = kubeletOptions(values);
  return {
    settings: settingsOptions(values),
    /** For the settings, labels and Events alike; null for the ServiceAccount of the pod. */
    kubeconfig: values.kubeconfig,
    node: { name: values['node-name'], labelsFile: values['node-labels-file'], postsEvents: values['node-events'] },
    discovery: discoveryOptions(values),
    registration: { mode: values.registration, places },
    podResourcesSocket,
    /** Null unless containers get their device nodes through CDI. */
    cdiDirectory: cdiDirectoryOf(values),
    /** Null for what is not served. */
    http: { address: values['http-address'] ?? values['metrics-address'], statusSocket: values['status-socket'] },
  } as const;
}
