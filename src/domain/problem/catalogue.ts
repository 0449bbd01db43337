// SPDX-License-Identifier: Apache-2.0

/** Who must act to resolve a problem. `us` stands for a defect of this program. */
export type Actor = 'operator' | 'node' | 'kubelet' | 'us';

/**
 * Every problem code of the program, who must act, and what the code means. Codes are stable, because scripts and
 * alerts match them. The table in docs/troubleshooting.md is generated from this one.
 */
export const problemCatalogue = {
  CDI_DIRECTORY_UNUSABLE: { actor: 'operator', meaning: 'CDI specs cannot be written to `--cdi-dir`.' },
  CDI_WRITE_TIMEOUT: {
    actor: 'node',
    meaning: 'Writing the CDI specs is taking too long. All shares are unhealthy until it ends.',
  },
  CONFIG_DEVICES_DEPRECATED: {
    actor: 'operator',
    meaning: 'Warning: `devices` is deprecated; use `selectors.ifNames`.',
  },
  CONFIG_DEVICE_NODES_NONE_REQUIRED: { actor: 'operator', meaning: '`deviceNodes.required` is empty.' },
  CONFIG_DEVICE_NODES_WITHOUT_UVERBS: { actor: 'operator', meaning: 'Warning: containers get no uverbs node.' },
  CONFIG_EXTRA_NODES_TOO_MANY: { actor: 'operator', meaning: '`deviceNodes.extra` has too many entries.' },
  CONFIG_EXTRA_NODE_INVALID: {
    actor: 'operator',
    meaning: 'An entry of `deviceNodes.extra` is not a path under `/dev`, or its pattern is too broad.',
  },
  CONFIG_FILE_EMPTY: { actor: 'operator', meaning: 'The settings file is empty or blank.' },
  CONFIG_FILE_MISSING: {
    actor: 'operator',
    meaning: '`--config-file` does not exist. At startup, the program waits for it.',
  },
  CONFIG_FILE_NOT_A_FILE: { actor: 'operator', meaning: '`--config-file` is a directory, device, pipe or socket.' },
  CONFIG_FILE_TOO_LARGE: { actor: 'operator', meaning: 'The settings file is larger than 1 MiB.' },
  CONFIG_FILE_UNREADABLE: { actor: 'operator', meaning: 'The settings file cannot be read.' },
  CONFIG_INCOMPLETE: { actor: 'operator', meaning: 'The document ends too early; perhaps it is still being written.' },
  CONFIG_INTERVAL_TOO_LONG: { actor: 'operator', meaning: 'Warning: the interval is too long; the maximum is used.' },
  CONFIG_KEY_DUPLICATE: {
    actor: 'operator',
    meaning: 'A key occurs twice in one object: in JSON a warning, and the last value counts; in YAML an error.',
  },
  CONFIG_KEY_NO_EFFECT: { actor: 'operator', meaning: 'Warning: the key has an effect only with `sharing: device`.' },
  CONFIG_KEY_RESERVED: {
    actor: 'operator',
    meaning: 'A label has the name of a built-in JavaScript property, such as `constructor`.',
  },
  CONFIG_KEY_UNKNOWN: { actor: 'operator', meaning: 'Warning: the key is not a setting. The closest one is named.' },
  CONFIG_MORE_PROBLEMS: { actor: 'operator', meaning: 'More problems exist than are listed.' },
  CONFIG_NODE_ENTRY_EMPTY: { actor: 'operator', meaning: 'Warning: an entry of `nodes` changes nothing.' },
  CONFIG_NODE_MATCH_IMPOSSIBLE: {
    actor: 'operator',
    meaning: 'Warning: `match` has a name or label that no node can have.',
  },
  CONFIG_NODE_MATCH_MISSING: { actor: 'operator', meaning: 'An entry of `nodes` has no `match` that selects nodes.' },
  CONFIG_NOT_UTF8: { actor: 'operator', meaning: 'The file is not UTF-8.' },
  CONFIG_NO_RESOURCES: {
    actor: 'operator',
    meaning: '`configList` is missing or empty, and no entry of `nodes` has one.',
  },
  CONFIG_NO_SHARES: {
    actor: 'operator',
    meaning: 'Warning: `rdmaHcaMax` is missing or 0, so no pod can get the resource.',
  },
  CONFIG_READ_FAILED: { actor: 'us', meaning: 'A defect of this program: report it.' },
  CONFIG_REMOVE_NO_MATCH: { actor: 'operator', meaning: 'Warning: `remove` matches no resource of these settings.' },
  CONFIG_RESOURCE_NAME_AND_TEMPLATE: {
    actor: 'operator',
    meaning: 'A resource has both `resourceName` and `resourceNameTemplate`.',
  },
  CONFIG_RESOURCE_NAME_DUPLICATE: { actor: 'operator', meaning: 'Two resources have the same full name.' },
  CONFIG_RESOURCE_NAME_INVALID: { actor: 'operator', meaning: 'The kubelet would reject the resource name.' },
  CONFIG_RESOURCE_NAME_MISSING: { actor: 'operator', meaning: 'A resource has no name.' },
  CONFIG_RESOURCE_NAME_TEMPLATE_INVALID: {
    actor: 'operator',
    meaning: '`resourceNameTemplate` has no placeholder, an unknown placeholder, or two adjacent ones.',
  },
  CONFIG_RESOURCE_PREFIX_INVALID: { actor: 'operator', meaning: 'The kubelet would reject the resource prefix.' },
  CONFIG_SELECTORS_AND_DEVICES: { actor: 'operator', meaning: 'A resource has both `selectors` and `devices`.' },
  CONFIG_SELECTORS_MISSING: { actor: 'operator', meaning: 'A resource has no selector with an entry.' },
  CONFIG_SELECTOR_IMPOSSIBLE: {
    actor: 'operator',
    meaning: 'Warning: no HCA can match an entry, such as `ConnectX` for a device ID.',
  },
  CONFIG_SELECTOR_NORMALIZED: {
    actor: 'operator',
    meaning:
      'Warning: no HCA can match an entry as written, such as `0x15B3` or `ethernet`. The message says how it is read.',
  },
  CONFIG_SHARES_TOO_MANY: { actor: 'operator', meaning: 'The list of shares would be too large for the kubelet.' },
  CONFIG_STRING_NOT_LIST: { actor: 'operator', meaning: 'Warning: a string is read as a list with one entry.' },
  CONFIG_SYNTAX: {
    actor: 'operator',
    meaning: 'The document is neither JSON nor YAML. The message names the line and column.',
  },
  CONFIG_TOO_DEEP: { actor: 'operator', meaning: 'The document is nested too deeply.' },
  CONFIG_TOO_MANY_VALUES: { actor: 'operator', meaning: 'The document has too many values.' },
  CONFIG_VALUE_OUT_OF_RANGE: { actor: 'operator', meaning: 'A number is outside the range of its key.' },
  CONFIG_VALUE_UNKNOWN: { actor: 'operator', meaning: 'A word is not one of those that its key allows.' },
  CONFIG_WRONG_TYPE: { actor: 'operator', meaning: 'A value has the wrong type.' },
  CONFIG_YAML_ALIAS: { actor: 'operator', meaning: 'The YAML uses aliases, which are not supported.' },
  CONFIG_YAML_MULTIPLE_DOCUMENTS: { actor: 'operator', meaning: 'The YAML file contains more than one document.' },
  DEVICE_NODE_MISSING: {
    actor: 'node',
    meaning: 'sysfs lists a device node that `/dev` lacks: check the mount of `/dev`, or udev.',
  },
  DISCOVERY_MODULE_FAILED: {
    actor: 'operator',
    meaning: 'A discovery module threw an error, or its thread ended. It is loaded again.',
  },
  DISCOVERY_MODULE_INVALID_INVENTORY: {
    actor: 'operator',
    meaning: 'A discovery module returned an invalid inventory. The message names the field.',
  },
  DISCOVERY_MODULE_NOT_LOADED: {
    actor: 'operator',
    meaning: 'A package or file of `--discovery-module` cannot be loaded or does not export `createDiscovery`.',
  },
  DISCOVERY_MODULE_TIMEOUT: {
    actor: 'operator',
    meaning: 'A discovery module did not respond within 2 s. Its HCAs are not offered until it does.',
  },
  EXTRA_NODES_TIMEOUT: {
    actor: 'node',
    meaning: 'The search for extra device nodes is taking too long. No extra nodes are granted until it ends.',
  },
  EXTRA_NODES_TOO_MANY: {
    actor: 'operator',
    meaning: 'The patterns in `deviceNodes.extra` match more than 64 device nodes, so the resource offers no shares.',
  },
  EXTRA_NODE_AMBIGUOUS: {
    actor: 'node',
    meaning: 'An extra device node belongs to one of several HCAs, and which one is unknown. It is not granted.',
  },
  EXTRA_NODE_NOT_FOUND: {
    actor: 'node',
    meaning:
      'No device node matches an entry of `deviceNodes.extra`: a driver is not loaded, or the node lacks the hardware.',
  },
  FAKE_HCAS_INVALID: { actor: 'operator', meaning: 'The file of fake HCAs is invalid.' },
  FAKE_HCAS_NOT_SET: { actor: 'operator', meaning: '`--discovery fake` is used without `--fake-hcas`.' },
  FAKE_HCAS_UNREADABLE: { actor: 'operator', meaning: 'The file of fake HCAs cannot be read.' },
  HCA_DUPLICATE: {
    actor: 'operator',
    meaning:
      'Two discovery adapters report the same HCA. `--discovery` takes precedence, then the modules in their order.',
  },
  HCA_IN_SEVERAL_RESOURCES: { actor: 'operator', meaning: 'Several resources offer the same HCA, which is allowed.' },
  HCA_UNREADABLE: { actor: 'node', meaning: 'The attributes of an RDMA device cannot be read.' },
  HCA_WITHOUT_UVERBS: { actor: 'node', meaning: 'An HCA has no uverbs device: load `ib_uverbs`.' },
  HOST_ROOT_NO_SYSFS: {
    actor: 'operator',
    meaning: "`--host-root` contains no sysfs: mount the host's `/sys`, or correct the flag.",
  },
  INTERNAL_ERROR: { actor: 'us', meaning: 'A defect of this program: report it.' },
  KUBELET_DIRECTORY_MISSING: {
    actor: 'operator',
    meaning: 'A directory of the kubelet does not exist. The program waits for it.',
  },
  KUBELET_DIRECTORY_UNUSABLE: { actor: 'operator', meaning: 'A kubelet directory is not writable.' },
  KUBERNETES_CERTIFICATE_INVALID: {
    actor: 'operator',
    meaning: 'The CA does not verify the certificate of the API server.',
  },
  KUBERNETES_CONFIG_MAP_AMBIGUOUS: {
    actor: 'operator',
    meaning: 'The ConfigMap has both `config.json` and `config.yaml`, and `--config-map-key` names neither.',
  },
  KUBERNETES_CONFIG_MAP_BINARY: { actor: 'operator', meaning: 'The settings are in `binaryData`.' },
  KUBERNETES_CONFIG_MAP_KEY_MISSING: {
    actor: 'operator',
    meaning: 'The ConfigMap does not have the key. The message names the keys that it has.',
  },
  KUBERNETES_CONFIG_MAP_MISSING: {
    actor: 'operator',
    meaning: 'The ConfigMap or its namespace does not exist. The program waits for it.',
  },
  KUBERNETES_CONFIG_MAP_NOT_SET: {
    actor: 'operator',
    meaning: '`--config-source kubernetes` is used without `--config-map [namespace/]name`.',
  },
  KUBERNETES_CONFIG_MAP_TOO_LARGE: {
    actor: 'operator',
    meaning: 'The settings in the ConfigMap are larger than 1 MiB.',
  },
  KUBERNETES_CREDENTIALS_UNREADABLE: {
    actor: 'operator',
    meaning: 'The token, CA or key for the API server cannot be read.',
  },
  KUBERNETES_EVENTS_FORBIDDEN: {
    actor: 'operator',
    meaning: 'Warning: the ServiceAccount may not post Events for the Node; see [events.md](events.md).',
  },
  KUBERNETES_EVENT_REJECTED: { actor: 'us', meaning: 'Warning: the API server rejects an Event, which is dropped.' },
  KUBERNETES_FORBIDDEN: { actor: 'operator', meaning: 'The ServiceAccount may not read or watch the ConfigMap.' },
  KUBERNETES_KUBECONFIG_UNUSABLE: { actor: 'operator', meaning: '`--kubeconfig` lacks a server or credentials.' },
  KUBERNETES_NODE_FORBIDDEN: {
    actor: 'operator',
    meaning: 'Entries of `nodes` match labels, but the ServiceAccount may not read the Node.',
  },
  KUBERNETES_NODE_MISSING: { actor: 'operator', meaning: 'The API has no Node of this name: `NODE_NAME` is wrong.' },
  KUBERNETES_NOT_IN_CLUSTER: {
    actor: 'operator',
    meaning:
      'The settings come from the Kubernetes API, but the program runs outside a pod and without `--kubeconfig`.',
  },
  KUBERNETES_SERVER_ADDRESS_INVALID: {
    actor: 'operator',
    meaning: '`KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` are not a valid address.',
  },
  KUBERNETES_SETTINGS_CACHED: {
    actor: 'node',
    meaning: 'Warning: the API server is unreachable, so the settings cached in `--state-dir` are used.',
  },
  KUBERNETES_SETTINGS_CACHE_UNUSABLE: {
    actor: 'node',
    meaning: 'Warning: the API server is unreachable, and the settings cached in `--state-dir` cannot be used.',
  },
  KUBERNETES_SETTINGS_CACHE_WRITE_FAILED: {
    actor: 'operator',
    meaning: 'Warning: the settings cannot be cached in `--state-dir`.',
  },
  KUBERNETES_TOKEN_REJECTED: { actor: 'operator', meaning: 'The API server rejects the token.' },
  KUBERNETES_UNEXPECTED_RESPONSE: {
    actor: 'operator',
    meaning: 'The response is not from a Kubernetes API server, but perhaps from a proxy.',
  },
  KUBERNETES_UNREACHABLE: {
    actor: 'node',
    meaning: 'The API server is unreachable. The program retries and keeps the settings in effect.',
  },
  METRICS_ADDRESS_INVALID: { actor: 'operator', meaning: '`--metrics-address` is not `[host]:port`.' },
  METRICS_ADDRESS_UNUSABLE: {
    actor: 'operator',
    meaning: '`--metrics-address` is in use or does not belong to this machine.',
  },
  NETDEV_LINK_UP_FAILED: {
    actor: 'node',
    meaning: 'A network link cannot be brought up: deploy the component `set-links-up`.',
  },
  NETDEV_LINK_UP_TIMEOUT: {
    actor: 'node',
    meaning: 'Bringing network links up is taking too long. Shares are offered nevertheless.',
  },
  NODE_LABELS_FILE_INVALID: { actor: 'operator', meaning: 'A line of `--node-labels-file` is not `key="value"`.' },
  NODE_LABELS_FILE_MISSING: {
    actor: 'operator',
    meaning: '`--node-labels-file` does not exist. The program waits for it.',
  },
  NODE_LABELS_FILE_UNREADABLE: { actor: 'operator', meaning: '`--node-labels-file` cannot be read.' },
  NODE_LABELS_UNAVAILABLE: {
    actor: 'operator',
    meaning: 'Entries of `nodes` match labels, but a settings file is used without a source of labels.',
  },
  NODE_NAME_NOT_SET: {
    actor: 'operator',
    meaning: '`nodes` or `--node-events` needs the name of the Node: set `--node-name` or `NODE_NAME`.',
  },
  RDMA_DEVICE_DANGLING: {
    actor: 'node',
    meaning: 'An entry of `/sys/class/infiniband` is a broken link: only a part of `/sys` is mounted.',
  },
  RDMA_DRIVER_NOT_LOADED: { actor: 'node', meaning: 'No RDMA driver is loaded on the host.' },
  RESOURCE_EMPTY: { actor: 'node', meaning: 'A resource has no shares available. The message says why.' },
  RESOURCE_TEMPLATE_HCA_SKIPPED: {
    actor: 'operator',
    meaning: 'A template makes no resource for some HCAs: they lack a value, or the name is invalid or not unique.',
  },
  SCAN_TIMEOUT: { actor: 'node', meaning: 'A scan is taking too long. All shares are unhealthy until it ends.' },
  SHARES_EXCEED_GID_TABLE: {
    actor: 'operator',
    meaning: 'Warning: a RoCE HCA has more shares than its GID table has room for pods.',
  },
  SHARES_TOO_MANY_TO_LIST: {
    actor: 'operator',
    meaning: 'The shares of all HCAs together make a list that is too large for the kubelet.',
  },
  SOCKET_PATH_TOO_LONG: { actor: 'operator', meaning: 'A socket path in a kubelet directory would exceed 107 bytes.' },
} as const satisfies Readonly<Record<string, { readonly actor: Actor; readonly meaning: string }>>;

export type ProblemCode = keyof typeof problemCatalogue;
