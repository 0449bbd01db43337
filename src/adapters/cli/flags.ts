// SPDX-License-Identifier: Apache-2.0

/** The declaration of a flag. It takes any text unless `choices` or `kind` says otherwise. */
export interface Flag {
  /**
   * `list`: texts separated by commas; the flag may also be repeated. `boolean` and `duration`: what Go's flag package
   * accepts; the value of a duration is in milliseconds.
   */
  readonly kind?: 'list' | 'boolean' | 'duration';
  readonly choices?: readonly string[];
  /** Shown in place of the value in the help. */
  readonly placeholder: string;
  /** The default. Without one, the value is null, or an empty list, if the flag is not set. */
  readonly fallback?: string | false;
  /** What the flag stands for if it is null, for people to read. */
  readonly otherwise?: string;
  readonly meaning: string;
}

/** Every flag by its name, in the order of the help. The flags table in docs/configuration.md is generated from it. */
export const flags = {
  'config-file': {
    placeholder: 'file',
    fallback: '/k8s-rdma-shared-dev-plugin/config.json',
    meaning: 'settings file, JSON or YAML; reloaded when it changes',
  },
  'config-source': {
    choices: ['file', 'kubernetes'],
    placeholder: 'source',
    fallback: 'file',
    meaning: 'where to read the settings: --config-file, or a ConfigMap through the Kubernetes API',
  },
  'config-map': { placeholder: 'name', meaning: 'with --config-source kubernetes: the ConfigMap, as [namespace/]name' },
  'config-map-key': { placeholder: 'key', meaning: 'key of the ConfigMap; if not set, config.json or config.yaml' },
  kubeconfig: {
    placeholder: 'file',
    meaning: "kubeconfig for use outside a cluster; if not set, the pod's ServiceAccount is used",
  },
  'state-dir': {
    placeholder: 'dir',
    meaning: 'directory that caches the last valid ConfigMap, for a start without the API server',
  },
  'node-name': { placeholder: 'name', meaning: 'name of this node in Kubernetes' },
  'node-labels-file': {
    placeholder: 'file',
    meaning:
      'labels of this node as key="value" lines; if not set, --config-source kubernetes reads them from the API server',
  },
  'node-labels': {
    kind: 'list',
    placeholder: 'labels',
    meaning: 'labels of the node as key=value, separated by commas, in place of --node-labels-file',
  },
  'node-events': {
    kind: 'boolean',
    placeholder: 'bool',
    fallback: false,
    meaning: 'post Events on the Node about settings and about resources without shares',
  },
  'use-cdi': {
    kind: 'boolean',
    placeholder: 'bool',
    fallback: false,
    meaning: 'pass device nodes to containers through CDI',
  },
  'host-root': {
    placeholder: 'dir',
    fallback: '/',
    meaning: "where the host's root is mounted; /sys and /dev are read under it",
  },
  'kubelet-root-dir': {
    placeholder: 'dir',
    fallback: '/var/lib/kubelet',
    meaning: "the kubelet's --root-dir, as mounted here; the paths below follow it unless they are set",
  },
  'device-plugins-dir': {
    placeholder: 'dir',
    otherwise: '/var/lib/kubelet/device-plugins',
    meaning:
      'the kubelet directory that contains kubelet.sock; its place does not depend on --root-dir, ' +
      'so device-plugins in --kubelet-root-dir is used only if the default is not mounted',
  },
  'plugins-registry-dir': {
    placeholder: 'dir',
    otherwise: 'plugins_registry in --kubelet-root-dir',
    meaning: 'the directory that the kubelet watches for plugin sockets',
  },
  'pod-resources-socket': {
    placeholder: 'file',
    otherwise: 'pod-resources/kubelet.sock in --kubelet-root-dir',
    meaning: "the kubelet's socket for asking which pods hold shares; may be absent",
  },
  registration: {
    choices: ['auto', 'device-plugins', 'plugins-registry'],
    placeholder: 'method',
    fallback: 'auto',
    meaning:
      'how to register; auto starts with the registry if its directory exists, and switches if no kubelet responds',
  },
  discovery: {
    choices: ['sysfs', 'fake', 'none'],
    placeholder: 'adapter',
    fallback: 'sysfs',
    meaning: 'how to find HCAs; none: only by --discovery-module',
  },
  capture: {
    placeholder: 'file',
    meaning: 'look at a captured host, a file of the command capture, in place of this one',
  },
  'fake-hcas': { placeholder: 'file', meaning: 'with --discovery fake: YAML file of HCAs; reloaded when it changes' },
  'discovery-module': {
    kind: 'list',
    placeholder: 'modules',
    meaning: 'packages or files (./ or /) that find more HCAs, separated by commas; may be repeated',
  },
  'cdi-dir': { placeholder: 'dir', fallback: '/var/run/cdi', meaning: 'directory for CDI specs' },
  'http-address': {
    placeholder: 'address',
    meaning: 'serve /metrics, /livez, /readyz and a page for people on this [host]:port, such as :9464; off if not set',
  },
  'metrics-address': { placeholder: 'address', meaning: 'another name of --http-address' },
  'status-socket': {
    placeholder: 'file',
    meaning: 'Unix socket over which the command status asks the running program; run serves none if not set',
  },
  upstream: {
    kind: 'boolean',
    placeholder: 'bool',
    fallback: false,
    meaning: 'say what Mellanox/k8s-rdma-shared-dev-plugin would do differently',
  },
  pods: {
    kind: 'boolean',
    placeholder: 'bool',
    fallback: false,
    meaning: 'show which containers hold shares, as the kubelet lists them',
  },
  pair: { placeholder: 'host', meaning: 'ping this host over RDMA with rping, if the image has it' },
  wait: { kind: 'boolean', placeholder: 'bool', fallback: false, meaning: 'wait until the program is ready' },
  timeout: {
    kind: 'duration',
    placeholder: 'duration',
    fallback: '60s',
    meaning: 'how long to wait, such as 90s or 5m',
  },
  'log-level': {
    choices: ['debug', 'info', 'warning', 'error'],
    placeholder: 'level',
    fallback: 'info',
    meaning: 'minimum log level',
  },
  'log-format': { choices: ['text', 'json'], placeholder: 'format', fallback: 'text', meaning: 'log format' },
  output: {
    choices: ['table', 'wide', 'json', 'yaml', 'name'],
    placeholder: 'format',
    meaning: 'output format; the help of a command says which it has',
  },
  'no-headers': { kind: 'boolean', placeholder: 'bool', fallback: false, meaning: 'print tables without headers' },
} as const satisfies Readonly<Record<string, Flag>>;

export type FlagName = keyof typeof flags;

type ValueOf<F extends Flag> = F extends { readonly kind: 'boolean' }
  ? boolean
  : F extends { readonly kind: 'list' }
    ? readonly string[]
    : F extends { readonly kind: 'duration' }
      ? number
      : WordOf<F> | (F extends { readonly fallback: string } ? never : null);
type WordOf<F extends Flag> = F extends { readonly choices: readonly (infer Choice)[] } ? Choice : string;

/** Returns the declaration of a flag, as every flag can have it. */
export function flagOf(name: FlagName): Flag {
  return flags[name];
}

/** The value of every flag. */
export type FlagValues = { readonly [Name in FlagName]: ValueOf<(typeof flags)[Name]> };

/** Variables with a conventional name: pod manifests set NODE_NAME from spec.nodeName. */
const customaryVariables: ReadonlyMap<string, string> = new Map([['node-name', 'NODE_NAME']]);

/** Returns the environment variable of a flag: `RDMA_DP_` and the name in capitals, or the conventional name. */
export function variableOf(name: string): string {
  return customaryVariables.get(name) ?? `RDMA_DP_${name.toUpperCase().replaceAll('-', '_')}`;
}
