// SPDX-License-Identifier: Apache-2.0

/** Who must act to resolve a problem. `us`: the problem is a defect of this program. */
export type Actor = 'operator' | 'node' | 'kubelet' | 'us';

/**
 * Every problem code of the program and its meaning, by who must act. Codes are stable, because scripts and alerts
 * match them. The table in docs/troubleshooting.md is generated from this one.
 */
export const problemCatalogue = {
  operator: {
    CAPTURE_NOT_WRITTEN: '`capture` cannot write its file.',
    CAPTURE_UNREADABLE: '`--capture` is not a file of `capture`.',
    CDI_DIRECTORY_UNUSABLE: 'CDI specs cannot be written to `--cdi-dir`.',
    CONFIG_DEVICES_DEPRECATED: 'Warning: `devices` is deprecated; use `selectors.ifNames`.',
    CONFIG_DEVICE_NODES_NONE_REQUIRED: '`deviceNodes.required` is empty.',
    CONFIG_DEVICE_NODES_WITHOUT_UVERBS: 'Warning: containers get no uverbs node.',
    CONFIG_EXTRA_NODES_TOO_MANY: '`deviceNodes.extra` has too many entries.',
    CONFIG_EXTRA_NODE_INVALID:
      'An entry of `deviceNodes.extra` is not a path under `/dev`, is too broad, or may match one such as `/dev/mem`.',
    CONFIG_FILE_EMPTY: 'The settings file is empty or blank.',
    CONFIG_FILE_MISSING: '`--config-file` does not exist. At startup, the program waits for it.',
    CONFIG_FILE_NOT_A_FILE: '`--config-file` is a directory, device, pipe or socket.',
    CONFIG_FILE_TOO_LARGE: 'The settings file is larger than 1 MiB.',
    CONFIG_FILE_UNREADABLE: 'The settings file cannot be read.',
    CONFIG_INCOMPLETE: 'The document is incomplete; it may still be being written.',
    CONFIG_INTERVAL_TOO_LONG: 'Warning: the interval is too long; the maximum is used.',
    CONFIG_KEY_DUPLICATE:
      'A key occurs twice in one object: an error in YAML; a warning in JSON, which says how the values are joined.',
    CONFIG_KEY_IGNORED:
      'Warning: upstream ignores the key, and its value is not meant for this program, so it is ignored here too.',
    CONFIG_KEY_NO_EFFECT: 'Warning: the key has an effect only with `sharing: device`.',
    CONFIG_KEY_RESERVED: 'A label has the name of a built-in JavaScript property, such as `constructor`.',
    CONFIG_KEY_UNKNOWN: 'Warning: the key is not a setting. The closest one is named.',
    CONFIG_KUBERNETES_OBJECT: 'A whole Kubernetes object, such as a ConfigMap, is used as the settings.',
    CONFIG_MORE_PROBLEMS: 'More problems exist than are listed.',
    CONFIG_NODE_ENTRY_EMPTY: 'Warning: an entry of `nodes` changes nothing.',
    CONFIG_NODE_MATCH_IMPOSSIBLE: 'Warning: `match` has a name or label that no node can have.',
    CONFIG_NODE_MATCH_MISSING: 'An entry of `nodes` has no `match` that selects nodes.',
    CONFIG_NOT_UTF8: 'The file is not UTF-8.',
    CONFIG_NO_RESOURCES: '`configList` is missing or empty, and no entry of `nodes` has one.',
    CONFIG_NO_SHARES: 'Warning: `rdmaHcaMax` is missing or 0, so no pod can get the resource.',
    CONFIG_REMOVE_NO_MATCH: 'Warning: `remove` matches no resource of these settings.',
    CONFIG_RESOURCE_NAME_AND_TEMPLATE: 'A resource has both `resourceName` and `resourceNameTemplate`.',
    CONFIG_RESOURCE_NAME_DUPLICATE: 'Two resources have the same full name.',
    CONFIG_RESOURCE_NAME_INVALID:
      'The kubelet would reject the resource name. The resource is not offered; ' +
      'a character that no name has rejects the document.',
    CONFIG_RESOURCE_NAME_MISSING: 'A resource has no name.',
    CONFIG_RESOURCE_NAME_TEMPLATE_INVALID:
      '`resourceNameTemplate` has no placeholder, an unknown placeholder, or two adjacent ones.',
    CONFIG_RESOURCE_PREFIX_INVALID: 'The kubelet would reject the resource prefix. The resource is not offered.',
    CONFIG_SELECTORS_AND_DEVICES: 'A resource has both `selectors` and `devices`.',
    CONFIG_SELECTORS_MISSING: 'A resource has no selectors, or only empty ones.',
    CONFIG_SELECTOR_IMPOSSIBLE: 'Warning: no HCA can match an entry, such as `ConnectX` for a device ID.',
    CONFIG_SELECTOR_NORMALIZED:
      'Warning: no HCA can match an entry as written, such as `0x15B3` or `ethernet`. The message says how it is read.',
    CONFIG_SELECTOR_WITHOUT_NETDEV:
      'Warning: an empty entry of `ifNames` or `linkTypes` matches HCAs without a network interface.',
    CONFIG_SHARES_TOO_MANY: 'The list of shares would be too large for the kubelet. The resource is not offered.',
    CONFIG_STRING_NOT_LIST: 'Warning: a string is read as a list with one entry.',
    CONFIG_SYNTAX: 'The document is neither JSON nor YAML. The message names the line and column.',
    CONFIG_TOO_DEEP: 'The document is nested too deeply.',
    CONFIG_TOO_MANY_VALUES: 'The document has too many values.',
    CONFIG_VALUE_OUT_OF_RANGE: 'A number is outside the range of its key.',
    CONFIG_VALUE_UNKNOWN: 'A value is not one of those that its key allows.',
    CONFIG_WRONG_TYPE: 'A value has the wrong type.',
    CONFIG_YAML_ALIAS: 'The YAML uses aliases, which are not supported.',
    CONFIG_YAML_MULTIPLE_DOCUMENTS: 'The YAML file contains more than one document.',
    CONVERT_FORM_UNKNOWN: '`convert` got a file that is not the settings of another program.',
    DEVICE_NODES_TOO_MANY:
      'The patterns in `deviceNodes.extra` match more than 64 device nodes, so the resource offers no shares.',
    DISCOVERY_MODULE_FAILED: 'A discovery module threw an error, or its thread ended. It is loaded again.',
    DISCOVERY_MODULE_INVALID_INVENTORY:
      'A discovery module returned an invalid inventory. The message names the field.',
    DISCOVERY_MODULE_NOT_LOADED:
      'A package or file of `--discovery-module` cannot be loaded or does not export `createDiscovery`.',
    DISCOVERY_MODULE_NOT_SET: '`--discovery none` is set, and no `--discovery-module`.',
    DISCOVERY_MODULE_TIMEOUT: 'A discovery module did not respond within 2 s. Its HCAs are not offered until it does.',
    ENV_LIST_TOO_LONG:
      'Warning: a container can get more HCAs or ports than NCCL or UCX reads from its environment variable.',
    EXPLAIN_TARGET_UNKNOWN: '`explain` got a name that is neither a resource nor an HCA.',
    FAKE_HCAS_INVALID: 'The file of fake HCAs is invalid.',
    FAKE_HCAS_NOT_SET: '`--discovery fake` is used without `--fake-hcas`.',
    FAKE_HCAS_UNREADABLE: 'The file of fake HCAs cannot be read.',
    HCA_DUPLICATE:
      'Two discovery adapters report the same HCA. `--discovery` takes precedence, then the modules in their order.',
    HCA_IN_SEVERAL_RESOURCES: 'Several resources offer the same HCA, which is allowed.',
    HOST_ROOT_NO_SYSFS: "`--host-root` contains no sysfs: mount the host's `/sys`, or correct the flag.",
    KUBELET_DIRECTORY_MISSING: 'A directory of the kubelet does not exist. The program waits for it.',
    KUBELET_DIRECTORY_UNUSABLE: 'A kubelet directory is not writable.',
    KUBERNETES_CERTIFICATE_INVALID: 'The CA does not verify the certificate of the API server.',
    KUBERNETES_CONFIG_MAP_AMBIGUOUS:
      'The ConfigMap has both `config.json` and `config.yaml`, and `--config-map-key` names neither.',
    KUBERNETES_CONFIG_MAP_BINARY: 'The settings are in `binaryData`.',
    KUBERNETES_CONFIG_MAP_KEY_MISSING: 'The ConfigMap does not have the key. The message names the keys that it has.',
    KUBERNETES_CONFIG_MAP_MISSING: 'The ConfigMap or its namespace does not exist. The program waits for it.',
    KUBERNETES_CONFIG_MAP_NOT_SET: '`--config-source kubernetes` is used without `--config-map [namespace/]name`.',
    KUBERNETES_CONFIG_MAP_TOO_LARGE: 'The settings in the ConfigMap are larger than 1 MiB.',
    KUBERNETES_CREDENTIALS_UNREADABLE: 'The token, CA or key for the API server cannot be read.',
    KUBERNETES_EVENTS_FORBIDDEN:
      'Warning: the ServiceAccount may not post Events for the Node; see [events.md](events.md).',
    KUBERNETES_FORBIDDEN: 'The ServiceAccount may not read or watch the ConfigMap.',
    KUBERNETES_KUBECONFIG_UNUSABLE: '`--kubeconfig` lacks a server or credentials.',
    KUBERNETES_NODE_FORBIDDEN: 'Entries of `nodes` match labels, but the ServiceAccount may not read the Node.',
    KUBERNETES_NODE_MISSING: 'The API has no Node of this name: `NODE_NAME` is wrong.',
    KUBERNETES_NOT_IN_CLUSTER:
      'The settings come from the Kubernetes API, but the program runs outside a pod and without `--kubeconfig`.',
    KUBERNETES_SERVER_ADDRESS_INVALID:
      '`KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` are not a valid address.',
    KUBERNETES_SETTINGS_CACHE_WRITE_FAILED: 'Warning: the settings cannot be cached in `--state-dir`.',
    KUBERNETES_TOKEN_REJECTED: 'The API server rejects the token.',
    KUBERNETES_UNEXPECTED_RESPONSE: 'The response is not from a Kubernetes API server; it may be from a proxy.',
    METRICS_ADDRESS_INVALID: '`--http-address` is not `[host]:port`.',
    METRICS_ADDRESS_UNUSABLE: '`--http-address` is in use or does not belong to this machine.',
    NODE_LABELS_FILE_INVALID: 'A line of `--node-labels-file` is not `key="value"`.',
    NODE_LABELS_FILE_MISSING: '`--node-labels-file` does not exist. The program waits for it.',
    NODE_LABELS_FILE_UNREADABLE: '`--node-labels-file` cannot be read.',
    NODE_LABELS_INVALID: 'A label of `--node-labels` is not `key=value`.',
    NODE_LABELS_UNAVAILABLE: 'Entries of `nodes` match labels, but a settings file is used without a source of labels.',
    NODE_NAME_NOT_SET: '`nodes` or `--node-events` needs the name of the Node: set `--node-name` or `NODE_NAME`.',
    RESOURCE_TEMPLATE_HCA_SKIPPED:
      'A template creates no resource for some HCAs: they lack a value, or the name is invalid or not unique.',
    RESOURCE_TEMPLATE_RAILS_UNORDERED:
      'An HCA appeared after the start, so the rails of a template are not in PCI order until a restart.',
    SHARES_EXCEED_GID_TABLE: 'Warning: a RoCE HCA has more shares than the number of pods that fit in its GID table.',
    SHARES_TOO_MANY_TO_LIST: 'The shares of all HCAs together make a list that is too large for the kubelet.',
    SOCKET_PATH_TOO_LONG: 'A socket path in a kubelet directory would exceed 107 bytes.',
    STATUS_SOCKET_UNUSABLE: 'Warning: `--status-socket` cannot be created, so `status` cannot reach the program.',
    STATUS_UNREACHABLE: 'No running program answers on `--status-socket`.',
  },
  node: {
    CDI_WRITE_TIMEOUT: 'Writing the CDI specs is taking too long. All shares are unhealthy until it ends.',
    CONFIG_READ_TIMEOUT: 'Reading the settings is taking too long. Settings in effect stay.',
    DEVICE_NODE_AMBIGUOUS:
      'An extra device node belongs to one of several HCAs, but it is unknown which. It is not granted.',
    DEVICE_NODE_INVALID:
      'What stands in `/dev/infiniband` at the name of a device node is something else, such as a directory.',
    DEVICE_NODE_KIND_ABSENT:
      'Warning: no HCA of a resource has a device node of an optional kind, so some programs fail in containers.',
    DEVICE_NODE_MISSING: 'sysfs lists a device node that `/dev` lacks: check the mount of `/dev`.',
    DEVICE_NODE_NOT_FOUND:
      'No device node matches an entry of `deviceNodes.extra`: a driver is not loaded, or the node lacks the hardware.',
    EXTRA_NODES_TIMEOUT:
      'The search for extra device nodes is taking too long. No extra nodes are granted until it ends.',
    HCA_CHANGED:
      'Warning: an HCA left and came back, or has other device nodes. Pods that were started before need a restart.',
    HCA_GONE: 'Warning: an HCA that resources select is no longer present.',
    HCA_NAME_UNUSABLE: 'An RDMA device has a name with unusual characters. It is not offered.',
    HCA_NODES_MISSING: 'Warning: resources leave an HCA out, because it lacks a device node that they require.',
    HCA_SCAN_STUCK:
      'A read of an attribute of the HCA is stuck. Its shares are unhealthy; other HCAs are not affected.',
    HCA_UNHEALTHY: 'Warning: an HCA is given to no more pods: because of its ports, or its driver does not answer.',
    HCA_UNREADABLE: 'The attributes of an RDMA device cannot be read.',
    HCA_WITHOUT_UVERBS: 'An HCA has no uverbs device: load `ib_uverbs`, or look for errors of its driver.',
    KUBERNETES_SETTINGS_CACHED:
      'Warning: the API server is unreachable, so the settings cached in `--state-dir` are used.',
    KUBERNETES_SETTINGS_CACHE_UNUSABLE:
      'Warning: the API server is unreachable, and the settings cached in `--state-dir` cannot be used.',
    KUBERNETES_UNREACHABLE: 'The API server is unreachable. The program retries and keeps the settings in effect.',
    NETDEVS_SCAN_STUCK:
      'Warning: a read of an attribute of a netdev is stuck. The netdevs of HCAs are those of an earlier scan.',
    NETDEV_LINK_UP_FAILED: 'A network link cannot be brought up: deploy the component `set-links-up`.',
    NETDEV_LINK_UP_TIMEOUT: 'Bringing network links up is taking too long. Shares are still offered.',
    PCI_FUNCTION_WITHOUT_RDMA: 'Warning: a PCI function that resources select has no driver or no RDMA device.',
    RDMA_DEVICE_DANGLING: 'An entry of `/sys/class/infiniband` is a broken link: only a part of `/sys` is mounted.',
    RDMA_DRIVER_NOT_LOADED: 'No RDMA driver is loaded on the host.',
    RESOURCE_EMPTY: 'A resource has no shares available. The message says why.',
    SCAN_TIMEOUT: 'A scan is taking too long. All shares are unhealthy until it ends.',
    SUBNET_MANAGER_MISSING: 'Warning: InfiniBand ports of offered HCAs are in state INIT, so pods cannot send data.',
  },
  us: {
    CONFIG_READ_FAILED: 'A defect of this program: report it.',
    INTERNAL_ERROR: 'A defect of this program: report it.',
    KUBERNETES_EVENT_REJECTED: 'Warning: the API server rejects an Event, which is dropped.',
  },
} as const satisfies { readonly [actor in Actor]?: Readonly<Record<string, string>> };

type CodesByActor = { readonly [actor in keyof typeof problemCatalogue]: keyof (typeof problemCatalogue)[actor] };
export type ProblemCode = CodesByActor[keyof CodesByActor];

/** Returns who must act on a problem with this code. */
export function actorOf(code: ProblemCode): Actor {
  if (code in problemCatalogue.us) return 'us';
  return code in problemCatalogue.node ? 'node' : 'operator';
}
