// SPDX-License-Identifier: Apache-2.0
import type { FlagName, FlagValues } from './flags.ts';

export type OutputFormat = NonNullable<FlagValues['output']>;

/** The declaration of a command. The help of the command and docs/command-line.md follow from it. */
export interface CommandDeclaration {
  /** What the command does, as a clause without a subject. */
  readonly summary: string;
  /** Its arguments as the help shows them, such as `[RESOURCE|HCA]`, and how many there can be. */
  readonly usage: string;
  readonly maxArguments: number;
  readonly minArguments?: number;
  /** The words that its arguments can be. Any if absent. */
  readonly words?: readonly string[];
  /** The flags that it reads. Others are refused on the command line, and ignored as environment variables. */
  readonly flags: readonly FlagName[];
  /** The formats of --output. The default is `table`. Empty if it has no such flag. */
  readonly outputs: readonly OutputFormat[];
  /** Command lines without the name of the program, each with what it does. */
  readonly examples: readonly (readonly [words: string, meaning: string])[];
}

/** What has a JSON Schema: the settings, and the output of these commands. */
export const schemaSubjects = [
  'settings',
  'discover',
  'explain',
  'doctor',
  'status',
  'check',
  'convert',
  'validate',
  'version',
] as const;

/** The shells whose commands can be completed. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const logging = ['log-level', 'log-format'] as const;
const hostFlags = ['host-root', 'discovery', 'fake-hcas', 'discovery-module'] as const;
/** Commands that only show something can look at another host. */
const shownHostFlags = [...hostFlags, 'capture'] as const;
const nodeFlags = ['node-name', 'node-labels-file'] as const;
const settingsFlags = [
  'config-file',
  'config-source',
  'config-map',
  'config-map-key',
  'kubeconfig',
  'state-dir',
] as const;
const grantFlags = ['node-events', 'use-cdi', 'cdi-dir'] as const;
const kubeletFlags = [
  'kubelet-root-dir',
  'device-plugins-dir',
  'plugins-registry-dir',
  'pod-resources-socket',
] as const;

export const commands = {
  run: {
    summary: 'offer the configured resources to the kubelet (default)',
    usage: '',
    maxArguments: 0,
    flags: [
      ...settingsFlags,
      ...nodeFlags,
      ...grantFlags,
      ...hostFlags,
      ...kubeletFlags,
      'registration',
      'http-address',
      'metrics-address',
      'status-socket',
      ...logging,
    ],
    outputs: [],
    examples: [
      ['run --config-file config.yaml --host-root /host', 'as the DaemonSet does'],
      ['run --discovery fake --fake-hcas hcas.yaml', 'offer HCAs that do not exist, for development'],
    ],
  },
  discover: {
    summary: 'list the HCAs of this node',
    usage: '',
    maxArguments: 0,
    flags: [...shownHostFlags, ...logging, 'output', 'no-headers'],
    outputs: ['table', 'wide', 'json', 'yaml', 'name'],
    examples: [
      ['discover -o wide', 'with drivers, link layers, GUIDs and firmware'],
      ['discover --host-root /host', 'in a container that mounts the host at /host'],
      ['discover --discovery fake --fake-hcas hcas.yaml', 'the HCAs of a file'],
    ],
  },
  explain: {
    summary: 'show what the settings make of this node, and why',
    usage: '[RESOURCE|HCA]',
    maxArguments: 1,
    flags: [
      ...settingsFlags,
      ...nodeFlags,
      'node-labels',
      ...shownHostFlags,
      'use-cdi',
      ...logging,
      'output',
      'no-headers',
    ],
    outputs: ['table', 'wide', 'json', 'yaml', 'name'],
    examples: [
      ['explain --config-file config.yaml', 'every resource: its HCAs, its shares, and what a share gives'],
      ['explain rdma/hca_shared_devices_a', 'one resource, with the reason for each HCA that it leaves out'],
      ['explain mlx5_0', 'one HCA: how each resource judges it'],
      ['explain --fake-hcas hcas.yaml', 'on a node that does not exist'],
      ['explain --node-name gpu-17 --node-labels pool=training', 'with the settings of another node'],
    ],
  },
  doctor: {
    summary: 'look at this node, and say what is good, what is not, and what to do',
    usage: '',
    maxArguments: 0,
    flags: [
      ...settingsFlags,
      ...nodeFlags,
      'node-labels',
      ...hostFlags,
      'use-cdi',
      'cdi-dir',
      ...kubeletFlags,
      ...logging,
      'output',
    ],
    outputs: ['table', 'json', 'yaml'],
    examples: [
      ['doctor', 'in a pod of the DaemonSet; the exit code is 1 if something is bad'],
      ['doctor --host-root / --config-file config.yaml', 'on the node itself'],
      ['doctor -o json', 'for a program'],
    ],
  },
  status: {
    summary: 'show what the running program does, and who holds its shares',
    usage: '',
    maxArguments: 0,
    flags: ['status-socket', 'pods', 'wait', 'timeout', ...logging, 'output', 'no-headers'],
    outputs: ['table', 'wide', 'json', 'yaml', 'name'],
    examples: [
      ['status', 'in a pod of the DaemonSet: kubectl exec POD -- rdma-shared-dp status'],
      ['status --pods', 'with the containers that hold shares, and those that must be restarted'],
      ['status --wait --timeout 5m', 'until every resource is registered; the exit code is 1 after 5 minutes'],
    ],
  },
  check: {
    summary: 'check whether RDMA can be used in this container',
    usage: '',
    maxArguments: 0,
    flags: ['pair', ...logging, 'output'],
    outputs: ['table', 'json', 'yaml'],
    examples: [
      ['check', 'in a pod that holds shares; the exit code is 1 if something is bad'],
      ['check --pair 10.0.0.5', 'with a ping over RDMA; first run "rping -s -C 3" in the other pod'],
    ],
  },
  init: {
    summary: 'print settings for the HCAs of this node, with comments',
    usage: '',
    maxArguments: 0,
    flags: [...shownHostFlags, ...logging],
    outputs: [],
    examples: [
      ['init > config.yaml', 'a start for the settings of a cluster'],
      ['init --fake-hcas hcas.yaml', 'for a node that does not exist'],
    ],
  },
  convert: {
    summary: 'convert the settings of upstream or of the SR-IOV network device plugin',
    usage: 'FILE',
    maxArguments: 1,
    minArguments: 1,
    flags: [...logging, 'output'],
    outputs: ['yaml', 'json'],
    examples: [
      ['convert config.json > config.yaml', "upstream's settings, as YAML"],
      ['convert configmap.yaml', 'a ConfigMap that contains either; - is the standard input'],
    ],
  },
  capture: {
    summary: 'write what the program reads of this host to a file, without identities',
    usage: '[FILE]',
    maxArguments: 1,
    flags: ['host-root', ...logging],
    outputs: [],
    examples: [
      ['capture', 'list what a capture would contain'],
      ['capture host.tar.gz', 'for a report: discover, explain and init read it with --capture'],
    ],
  },
  validate: {
    summary: 'check settings files, and manifests that contain settings',
    usage: 'FILE...',
    maxArguments: Number.POSITIVE_INFINITY,
    minArguments: 1,
    flags: ['upstream', ...logging, 'output'],
    outputs: ['table', 'json', 'yaml'],
    examples: [
      ['validate config.yaml', 'settings in YAML or JSON'],
      ['validate configmap.yaml policy.yaml', 'a ConfigMap, a NicClusterPolicy; - is the standard input'],
      ['validate --upstream config.json', 'and what upstream would do differently'],
      ['validate -o json config.json', 'for a CI job; the exit code is 1 if there is an error'],
    ],
  },
  schema: {
    summary: 'print the JSON Schema of the settings, or of what a command prints',
    usage: '[settings|COMMAND]',
    maxArguments: 1,
    words: schemaSubjects,
    flags: [...logging],
    outputs: [],
    examples: [
      ['schema > settings.schema.json', 'for an editor that completes and checks settings'],
      ['schema status', 'of the output of status -o json'],
    ],
  },
  completion: {
    summary: 'print a script that completes commands and flags in a shell',
    usage: shells.join('|'),
    maxArguments: 1,
    minArguments: 1,
    words: shells,
    flags: [...logging],
    outputs: [],
    examples: [
      ['completion bash > /etc/bash_completion.d/rdma-shared-dp', 'for bash'],
      ['completion fish > rdma-shared-dp.fish', 'for fish: put it into ~/.config/fish/completions'],
    ],
  },
  demo: {
    summary: 'show the program at work, without hardware or a cluster',
    usage: '',
    maxArguments: 0,
    flags: [...logging],
    outputs: [],
    examples: [['demo', 'registration, allocation, a hot plug, a restart of the kubelet']],
  },
  version: {
    summary: 'print the version',
    usage: '',
    maxArguments: 0,
    flags: [...logging, 'output'],
    outputs: ['table', 'json'],
    examples: [['version -o json', 'version, commit and date as JSON']],
  },
  help: {
    summary: 'print the help of a command',
    usage: '[COMMAND]',
    maxArguments: 1,
    flags: [],
    outputs: [],
    examples: [['help explain', 'flags and examples of explain']],
  },
} as const satisfies Readonly<Record<string, CommandDeclaration>>;

export type CommandName = keyof typeof commands;
export const commandNames = Object.keys(commands).filter(isCommandName);

export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(commands, word);
}

export function declarationOf(name: CommandName): CommandDeclaration {
  return commands[name];
}
