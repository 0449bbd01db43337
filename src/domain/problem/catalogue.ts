// SPDX-License-Identifier: Apache-2.0

/** Who must act to resolve a problem. `us`: it is a defect of this program. */
export type Actor = 'operator' | 'node' | 'kubelet' | 'us';

/**
 * Every problem code of the program, who must act, and what it means. Codes are stable: scripts and alerts match them.
 * The table in docs/troubleshooting.md is generated from this one.
 */
export const problemCatalogue = {
  CDI_DIRECTORY_UNUSABLE: { actor: 'operator', meaning: 'CDI specs cannot be written to `--cdi-dir`' },
  CONFIG_ALLOCATION_POLICY_UNKNOWN: { actor: 'operator', meaning: '`allocationPolicy` is no known word' },
  CONFIG_DEVICES_DEPRECATED: {
    actor: 'operator',
    meaning: 'warning: `devices` is the old form of `selectors.ifNames`',
  },
  CONFIG_DEVICE_NODES_NONE_REQUIRED: { actor: 'operator', meaning: '`deviceNodes.required` is empty' },
  CONFIG_DEVICE_NODES_WITHOUT_UVERBS: {
    actor: 'operator',
    meaning: 'warning: containers of the resource get no uverbs node',
  },
  CONFIG_DEVICE_NODE_KIND_UNKNOWN: {
    actor: 'operator',
    meaning: 'an entry of `deviceNodes.required` or `optional` is no known kind',
  },
  CONFIG_EXTRA_NODES_TOO_MANY: { actor: 'operator', meaning: '`deviceNodes.extra` has too many entries' },
  CONFIG_EXTRA_NODE_INVALID: {
    actor: 'operator',
    meaning: 'an entry of `deviceNodes.extra` is no path below `/dev`, or a pattern too wide',
  },
  CONFIG_FILE_EMPTY: { actor: 'operator', meaning: 'the settings file is empty or blank' },
  CONFIG_FILE_MISSING: {
    actor: 'operator',
    meaning: 'there is no settings file at `--config-file`; a program that starts waits for it',
  },
  CONFIG_FILE_NOT_A_FILE: { actor: 'operator', meaning: 'a directory, device, pipe or socket stands there' },
  CONFIG_FILE_TOO_LARGE: { actor: 'operator', meaning: 'the settings file is larger than 1 MiB' },
  CONFIG_FILE_UNREADABLE: { actor: 'operator', meaning: 'the settings file cannot be read' },
  CONFIG_HEALTH_TIME_OUT_OF_RANGE: {
    actor: 'operator',
    meaning: 'a time in `health` is negative or longer than a timer can be',
  },
  CONFIG_INCOMPLETE: {
    actor: 'operator',
    meaning: 'the document ends too early; perhaps it was read while being written',
  },
  CONFIG_INTERVAL_NEGATIVE: { actor: 'operator', meaning: '`periodicUpdateInterval` is negative' },
  CONFIG_INTERVAL_TOO_LONG: {
    actor: 'operator',
    meaning: 'warning: the interval is longer than a timer can be; the longest is used',
  },
  CONFIG_KEY_DUPLICATE: {
    actor: 'operator',
    meaning: 'a key stands twice in one object: a warning in JSON, where the last counts, an error in YAML',
  },
  CONFIG_KEY_NO_EFFECT: { actor: 'operator', meaning: 'warning: a key that matters with `sharing: device` only' },
  CONFIG_KEY_RESERVED: {
    actor: 'operator',
    meaning: 'a label is called as what every JavaScript object has (`constructor`), and is not taken',
  },
  CONFIG_KEY_UNKNOWN: { actor: 'operator', meaning: 'warning: a key that is no setting; the nearest one is named' },
  CONFIG_LINK_DOWN_UNKNOWN: { actor: 'operator', meaning: '`health.linkDown` is no known word' },
  CONFIG_MAX_SHARES_TOO_SMALL: { actor: 'operator', meaning: '`maxSharesPerContainer` is below 1' },
  CONFIG_MORE_PROBLEMS: { actor: 'operator', meaning: 'there are more problems than are listed' },
  CONFIG_NODE_ENTRY_EMPTY: { actor: 'operator', meaning: 'warning: an entry of `nodes` changes nothing' },
  CONFIG_NODE_MATCH_IMPOSSIBLE: {
    actor: 'operator',
    meaning: 'warning: a name or label in `match` that no node can have',
  },
  CONFIG_NODE_MATCH_MISSING: { actor: 'operator', meaning: 'an entry of `nodes` does not say which nodes it is for' },
  CONFIG_NOT_UTF8: { actor: 'operator', meaning: 'the file is not UTF-8' },
  CONFIG_NO_RESOURCES: {
    actor: 'operator',
    meaning: '`configList` is missing or empty, and no entry of `nodes` has one',
  },
  CONFIG_NO_SHARES: {
    actor: 'operator',
    meaning: 'warning: `rdmaHcaMax` is missing or 0, so no pod can get the resource',
  },
  CONFIG_NUMBER_TOO_LARGE: { actor: 'operator', meaning: 'a number is too large to be exact' },
  CONFIG_READ_FAILED: { actor: 'us', meaning: 'a defect of this program: report it' },
  CONFIG_REMOVE_NO_MATCH: {
    actor: 'operator',
    meaning: 'warning: `remove` names what is no resource of these settings',
  },
  CONFIG_RESOURCE_NAME_AND_TEMPLATE: {
    actor: 'operator',
    meaning: 'a resource has both `resourceName` and `resourceNameTemplate`',
  },
  CONFIG_RESOURCE_NAME_DUPLICATE: { actor: 'operator', meaning: 'two resources have the same full name' },
  CONFIG_RESOURCE_NAME_INVALID: { actor: 'operator', meaning: 'the kubelet would refuse the name' },
  CONFIG_RESOURCE_NAME_MISSING: { actor: 'operator', meaning: 'a resource has no name' },
  CONFIG_RESOURCE_NAME_TEMPLATE_INVALID: {
    actor: 'operator',
    meaning: '`resourceNameTemplate` has no placeholder, an unknown one, or two side by side',
  },
  CONFIG_RESOURCE_PREFIX_INVALID: { actor: 'operator', meaning: 'the kubelet would refuse the prefix' },
  CONFIG_SELECTORS_AND_DEVICES: { actor: 'operator', meaning: 'a resource has both `selectors` and `devices`' },
  CONFIG_SELECTORS_MISSING: { actor: 'operator', meaning: 'a resource has no selector with an entry' },
  CONFIG_SELECTOR_IMPOSSIBLE: {
    actor: 'operator',
    meaning: 'warning: an entry that no HCA can match, such as `ConnectX` for a device id',
  },
  CONFIG_SELECTOR_NORMALIZED: {
    actor: 'operator',
    meaning:
      'warning: an entry that no HCA can match as it is written, such as `0x15B3` or `ethernet`, and as what it is read',
  },
  CONFIG_SHARES_NEGATIVE: { actor: 'operator', meaning: '`rdmaHcaMax` is negative' },
  CONFIG_SHARES_TOO_MANY: {
    actor: 'operator',
    meaning: 'the list of shares would be larger than the kubelet receives',
  },
  CONFIG_SHARING_UNKNOWN: { actor: 'operator', meaning: '`sharing` is no known word' },
  CONFIG_STRING_NOT_LIST: {
    actor: 'operator',
    meaning: 'warning: a single string stands where a list of strings should; it is taken as a list of one',
  },
  CONFIG_SYNTAX: { actor: 'operator', meaning: 'neither JSON nor YAML; line and column are named' },
  CONFIG_TOO_DEEP: { actor: 'operator', meaning: 'the document is nested too deeply' },
  CONFIG_TOO_MANY_VALUES: { actor: 'operator', meaning: 'the document has too many values' },
  CONFIG_WRONG_TYPE: { actor: 'operator', meaning: 'a value is of the wrong type' },
  CONFIG_YAML_ALIAS: { actor: 'operator', meaning: 'the YAML uses aliases, which are not taken' },
  CONFIG_YAML_MULTIPLE_DOCUMENTS: { actor: 'operator', meaning: 'the YAML file holds more than one document' },
  DEVICE_NODE_MISSING: {
    actor: 'node',
    meaning: 'sysfs names a device node that is not in `/dev`: check the mount of `/dev`, or udev',
  },
  DISCOVERY_MODULE_FAILED: {
    actor: 'operator',
    meaning: 'a discovery module threw, or its thread ended; it is loaded again',
  },
  DISCOVERY_MODULE_INVALID_INVENTORY: {
    actor: 'operator',
    meaning: 'a discovery module gave an answer that is no list of HCAs; the field is named',
  },
  DISCOVERY_MODULE_NOT_LOADED: {
    actor: 'operator',
    meaning: 'a package or file of `--discovery-module` cannot be loaded, or exports no `createDiscovery`',
  },
  DISCOVERY_MODULE_TIMEOUT: {
    actor: 'operator',
    meaning:
      'a discovery module has not answered within 2 s: its HCAs are not offered until it does; after 60 s its thread is ended and begun anew',
  },
  EXTRA_NODES_TOO_MANY: {
    actor: 'operator',
    meaning: 'the patterns of `deviceNodes.extra` match more than 64 nodes, so the resource is closed',
  },
  EXTRA_NODE_AMBIGUOUS: {
    actor: 'node',
    meaning: 'an extra node is of one of several HCAs, and nothing says of which: it is not granted',
  },
  EXTRA_NODE_NOT_FOUND: {
    actor: 'node',
    meaning:
      'no node of the host matches an entry of `deviceNodes.extra`: a driver is not loaded, or this node has no such hardware',
  },
  FAKE_HCAS_INVALID: { actor: 'operator', meaning: 'the file of fake HCAs is wrong' },
  FAKE_HCAS_NOT_SET: { actor: 'operator', meaning: '`--discovery fake` without `--fake-hcas`' },
  FAKE_HCAS_UNREADABLE: { actor: 'operator', meaning: 'the file of fake HCAs cannot be read' },
  HCA_DUPLICATE: {
    actor: 'operator',
    meaning:
      'two discoveries report the same HCA; the first counts: that of `--discovery`, then modules in their order',
  },
  HCA_IN_SEVERAL_RESOURCES: { actor: 'operator', meaning: 'HCAs that more than one resource offers, which is allowed' },
  HCA_UNREADABLE: { actor: 'node', meaning: 'an RDMA device whose attributes cannot be read' },
  HCA_WITHOUT_UVERBS: { actor: 'node', meaning: 'an HCA without a uverbs device: load `ib_uverbs`' },
  HOST_ROOT_NO_SYSFS: {
    actor: 'operator',
    meaning: "no sysfs under `--host-root`: mount the host's `/sys`, or correct the flag",
  },
  INTERNAL_ERROR: { actor: 'us', meaning: 'a defect of this program: report it' },
  KUBELET_DIRECTORY_MISSING: {
    actor: 'operator',
    meaning: 'a directory of the kubelet is not there; the program waits for it',
  },
  KUBELET_DIRECTORY_UNUSABLE: { actor: 'operator', meaning: 'a directory of the kubelet cannot be written to' },
  KUBERNETES_CERTIFICATE_INVALID: { actor: 'operator', meaning: "the API server's certificate does not fit the CA" },
  KUBERNETES_CONFIG_MAP_AMBIGUOUS: {
    actor: 'operator',
    meaning: 'the ConfigMap has both `config.json` and `config.yaml`, and `--config-map-key` names neither',
  },
  KUBERNETES_CONFIG_MAP_BINARY: { actor: 'operator', meaning: 'the settings stand in `binaryData`' },
  KUBERNETES_CONFIG_MAP_KEY_MISSING: {
    actor: 'operator',
    meaning: 'the ConfigMap has no such key; those that it has are named',
  },
  KUBERNETES_CONFIG_MAP_MISSING: {
    actor: 'operator',
    meaning: 'the ConfigMap, or its namespace, does not exist; it is taken when it does',
  },
  KUBERNETES_CONFIG_MAP_NOT_SET: {
    actor: 'operator',
    meaning: '`--config-source kubernetes` without `--config-map [namespace/]name`',
  },
  KUBERNETES_CONFIG_MAP_TOO_LARGE: {
    actor: 'operator',
    meaning: 'the settings in the ConfigMap are larger than 1 MiB',
  },
  KUBERNETES_CREDENTIALS_UNREADABLE: {
    actor: 'operator',
    meaning: 'the token, CA or key for the API server cannot be read',
  },
  KUBERNETES_EVENTS_FORBIDDEN: {
    actor: 'operator',
    meaning:
      'warning: the ServiceAccount may not post Events of the Node; what gives the right is in the remedy; see [events.md](events.md)',
  },
  KUBERNETES_EVENT_REJECTED: { actor: 'us', meaning: 'warning: the API server does not take an Event; it is left out' },
  KUBERNETES_FORBIDDEN: {
    actor: 'operator',
    meaning: 'the ServiceAccount may not read or watch the ConfigMap; the rule to add is in the remedy',
  },
  KUBERNETES_KUBECONFIG_UNUSABLE: {
    actor: 'operator',
    meaning: 'the file at `--kubeconfig` gives no server or no credentials',
  },
  KUBERNETES_NODE_FORBIDDEN: {
    actor: 'operator',
    meaning:
      'entries of `nodes` ask for labels, and the ServiceAccount may not read the Node; the rule to add is in the remedy',
  },
  KUBERNETES_NODE_MISSING: { actor: 'operator', meaning: 'the API has no Node of this name: `NODE_NAME` is wrong' },
  KUBERNETES_NOT_IN_CLUSTER: {
    actor: 'operator',
    meaning: 'settings from the Kubernetes API outside a pod, and no `--kubeconfig`',
  },
  KUBERNETES_SERVER_ADDRESS_INVALID: {
    actor: 'operator',
    meaning: '`KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` are no address',
  },
  KUBERNETES_SETTINGS_CACHED: {
    actor: 'node',
    meaning: 'warning: the API server is away, so the settings kept in `--state-dir` are in force',
  },
  KUBERNETES_SETTINGS_CACHE_UNUSABLE: {
    actor: 'node',
    meaning: 'warning: the API server is away, and what was kept in `--state-dir` cannot be used',
  },
  KUBERNETES_SETTINGS_CACHE_WRITE_FAILED: {
    actor: 'operator',
    meaning: 'warning: the settings cannot be kept in `--state-dir`',
  },
  KUBERNETES_TOKEN_REJECTED: { actor: 'operator', meaning: 'the API server does not accept the token' },
  KUBERNETES_UNEXPECTED_RESPONSE: {
    actor: 'operator',
    meaning: 'what answers is no Kubernetes API server; perhaps a proxy',
  },
  KUBERNETES_UNREACHABLE: {
    actor: 'node',
    meaning: 'the API server cannot be reached; it is tried again, and the settings in force stay',
  },
  METRICS_ADDRESS_INVALID: { actor: 'operator', meaning: '`--metrics-address` is no `[host]:port`' },
  METRICS_ADDRESS_UNUSABLE: {
    actor: 'operator',
    meaning: 'the metrics cannot be served on `--metrics-address`: it is in use, or not of this machine',
  },
  NETDEV_LINK_UP_FAILED: {
    actor: 'node',
    meaning: 'a link could not be set up: the component `set-links-up` is needed',
  },
  NODE_LABELS_FILE_INVALID: { actor: 'operator', meaning: 'a line of `--node-labels-file` is no `key="value"`' },
  NODE_LABELS_FILE_MISSING: {
    actor: 'operator',
    meaning: 'there is no file at `--node-labels-file`; it is waited for',
  },
  NODE_LABELS_FILE_UNREADABLE: { actor: 'operator', meaning: 'the file at `--node-labels-file` cannot be read' },
  NODE_LABELS_UNAVAILABLE: {
    actor: 'operator',
    meaning: 'entries of `nodes` ask for labels, and nothing tells them: a settings file has none',
  },
  NODE_NAME_NOT_SET: {
    actor: 'operator',
    meaning:
      'entries of `nodes` or `--node-events` ask for the name of this node in Kubernetes, and neither `--node-name` nor `NODE_NAME` says it',
  },
  RDMA_DEVICE_DANGLING: {
    actor: 'node',
    meaning: 'an entry of `/sys/class/infiniband` leads nowhere: `/sys` is mounted in part only',
  },
  RDMA_DRIVER_NOT_LOADED: { actor: 'node', meaning: 'no RDMA driver is loaded on the host' },
  RESOURCE_EMPTY: { actor: 'node', meaning: 'a resource has no share to give, and why' },
  RESOURCE_TEMPLATE_HCA_SKIPPED: {
    actor: 'operator',
    meaning:
      'HCAs of which a `resourceNameTemplate` makes no resource, and why: they lack the value, or the name is not theirs to have',
  },
  SCAN_TIMEOUT: {
    actor: 'node',
    meaning: 'a look at the host has not come to its end; nothing is offered on the word of the one before',
  },
  SHARES_EXCEED_GID_TABLE: {
    actor: 'operator',
    meaning: 'warning: more shares for each RoCE HCA than its GID table has room for pods',
  },
  SHARES_TOO_MANY_TO_LIST: {
    actor: 'operator',
    meaning: 'the shares of all HCAs together make a list that is larger than the kubelet receives',
  },
  SOCKET_PATH_TOO_LONG: {
    actor: 'operator',
    meaning: 'a kubelet directory is so long that a socket path in it would pass 107 bytes',
  },
} as const satisfies Readonly<Record<string, { readonly actor: Actor; readonly meaning: string }>>;

export type ProblemCode = keyof typeof problemCatalogue;
