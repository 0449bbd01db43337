// SPDX-License-Identifier: Apache-2.0

export const commands = ['run', 'discover', 'demo', 'version'] as const;
export type Command = (typeof commands)[number];

export const outputFormats = ['table', 'wide', 'json', 'yaml'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** What a flag takes: a text, texts with commas between them or the flag again, one of some words, or a truth value as Go's flag package reads it. */
export type FlagKind = 'text' | 'list' | 'boolean' | readonly string[];

export interface Flag {
  readonly name: string;
  readonly kind: FlagKind;
  /** What stands in the help for the value. */
  readonly placeholder: string;
  readonly fallback: string | null;
  readonly meaning: string;
}

/** Every flag, in the order of the help. */
export const flags = [
  {
    name: 'config-file',
    kind: 'text',
    placeholder: 'file',
    fallback: '/k8s-rdma-shared-dev-plugin/config.json',
    meaning: 'the settings, JSON or YAML; followed while the program runs',
  },
  {
    name: 'config-source',
    kind: ['file', 'kubernetes'],
    placeholder: 'source',
    fallback: 'file',
    meaning: 'where the settings come from: --config-file, or a ConfigMap by the Kubernetes API',
  },
  {
    name: 'config-map',
    kind: 'text',
    placeholder: 'name',
    fallback: null,
    meaning: 'the ConfigMap of --config-source kubernetes: [namespace/]name',
  },
  {
    name: 'config-map-key',
    kind: 'text',
    placeholder: 'key',
    fallback: null,
    meaning: 'the key of the ConfigMap; config.json or config.yaml where it is not given',
  },
  {
    name: 'kubeconfig',
    kind: 'text',
    placeholder: 'file',
    fallback: null,
    meaning: 'how to reach the API server outside a cluster; inside, the ServiceAccount of the pod is used',
  },
  {
    name: 'state-dir',
    kind: 'text',
    placeholder: 'dir',
    fallback: null,
    meaning: 'where the last good settings of a ConfigMap are kept, for a start without the API server',
  },
  {
    name: 'node-name',
    kind: 'text',
    placeholder: 'name',
    fallback: null,
    meaning: 'the name of this node in Kubernetes',
  },
  {
    name: 'node-labels-file',
    kind: 'text',
    placeholder: 'file',
    fallback: null,
    meaning:
      'the labels of this node, key="value" lines; where it is not given, --config-source kubernetes asks for them',
  },
  {
    name: 'node-events',
    kind: 'boolean',
    placeholder: 'bool',
    fallback: 'false',
    meaning: 'tell of settings and of resources without shares in Events of the Node',
  },
  {
    name: 'use-cdi',
    kind: 'boolean',
    placeholder: 'bool',
    fallback: 'false',
    meaning: 'give containers their device nodes by CDI',
  },
  {
    name: 'host-root',
    kind: 'text',
    placeholder: 'dir',
    fallback: '/',
    meaning: "where the host's root is found; its sys and dev are read under it",
  },
  {
    name: 'device-plugins-dir',
    kind: 'text',
    placeholder: 'dir',
    fallback: '/var/lib/kubelet/device-plugins',
    meaning: "the kubelet's directory with kubelet.sock",
  },
  {
    name: 'plugins-registry-dir',
    kind: 'text',
    placeholder: 'dir',
    fallback: '/var/lib/kubelet/plugins_registry',
    meaning: 'the directory in which the kubelet looks for plugins',
  },
  {
    name: 'registration',
    kind: ['auto', 'device-plugins', 'plugins-registry'],
    placeholder: 'way',
    fallback: 'auto',
    meaning:
      'how to register; auto takes the registry where there is one, and changes over when the kubelet does not come',
  },
  {
    name: 'discovery',
    kind: ['sysfs', 'fake'],
    placeholder: 'adapter',
    fallback: 'sysfs',
    meaning: 'where HCAs come from',
  },
  {
    name: 'fake-hcas',
    kind: 'text',
    placeholder: 'file',
    fallback: null,
    meaning: 'the HCAs of --discovery fake, YAML; followed while the program runs',
  },
  {
    name: 'discovery-module',
    kind: 'list',
    placeholder: 'modules',
    fallback: null,
    meaning: 'packages or files (./ or /) that find more HCAs, comma separated; the flag may be repeated',
  },
  {
    name: 'cdi-dir',
    kind: 'text',
    placeholder: 'dir',
    fallback: '/var/run/cdi',
    meaning: 'where CDI specs are written',
  },
  {
    name: 'metrics-address',
    kind: 'text',
    placeholder: 'address',
    fallback: null,
    meaning: 'serve metrics at /metrics of this [host]:port, such as :9464; none where it is not given',
  },
  {
    name: 'log-level',
    kind: ['debug', 'info', 'warning', 'error'],
    placeholder: 'level',
    fallback: 'info',
    meaning: 'the least level that is logged',
  },
  {
    name: 'log-format',
    kind: ['text', 'json'],
    placeholder: 'format',
    fallback: 'text',
    meaning: 'how a log line looks',
  },
  {
    name: 'output',
    kind: outputFormats,
    placeholder: 'format',
    fallback: null,
    meaning: 'with discover: table, wide, json or yaml; with version: json',
  },
] as const satisfies readonly Flag[];

export type FlagName = (typeof flags)[number]['name'];

/** Variables that have a name of their own by custom: a pod's manifest sets this one from spec.nodeName. */
const customary: ReadonlyMap<string, string> = new Map([['node-name', 'NODE_NAME']]);

/** The environment variable of a flag: `RDMA_DP_` and the name in capitals, or the one that is customary. */
export function variableOf(name: string): string {
  return customary.get(name) ?? `RDMA_DP_${name.toUpperCase().replaceAll('-', '_')}`;
}
