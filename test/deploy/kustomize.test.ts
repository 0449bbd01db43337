// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunOptions } from '#adapters/cli/command.ts';
import { socketDirectories } from '#adapters/kubelet/registration/method.ts';
import { kubeletDirectories } from '#adapters/kubelet/sockets/kubelet-directories.ts';
import { parseArguments } from '#adapters/cli/parse-arguments.ts';
import { FileConfigSource } from '#adapters/settings/file/config-source.ts';
import { type ConfigMap, type DaemonSet, configMapsIn, daemonSetsIn, objectsOf } from './manifests.ts';
import { canRender, renderFolder } from './render.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const manifests = fileURLToPath(new URL('../../deploy/kustomize/', import.meta.url));
const describeIfPossible = canRender ? describe : describe.skip;
const note = canRender ? '' : ' (skipped: install kubectl or kustomize, or set KUSTOMIZE to the path of kustomize)';

const readOnlyMounts = {
  config: '/k8s-rdma-shared-dev-plugin',
  'pod-resources': '/var/lib/kubelet/pod-resources',
  sys: '/host/sys',
  dev: '/host/dev',
};
const writableMounts = {
  'device-plugins': '/var/lib/kubelet/device-plugins',
  'plugins-registry': '/var/lib/kubelet/plugins_registry',
  run: '/run/rdma-shared-dp',
};

describeIfPossible.each([
  'base',
  'overlays/cdi',
  'overlays/set-links-up',
  'overlays/replace-upstream',
  'overlays/replace-upstream-cdi',
  'overlays/kubernetes-settings',
  'overlays/node-events',
  'overlays/prometheus',
])(`deploy/kustomize/%s${note}`, (folder) => {
  const postsEvents = folder === 'overlays/node-events';
  const usesApi = postsEvents || folder === 'overlays/kubernetes-settings';
  let daemonSet: DaemonSet;
  let configMaps: readonly ConfigMap[];
  let rendered: readonly unknown[];
  beforeAll(() => {
    rendered = renderFolder(join(manifests, folder));
    configMaps = configMapsIn(rendered);
    const [only, ...more] = daemonSetsIn(rendered);
    if (only === undefined || more.length > 0) throw new Error('the manifests must have exactly one DaemonSet');
    daemonSet = only;
  });

  it('runs without privileges', () => {
    const { securityContext } = daemonSet.container;
    expect(securityContext).toMatchObject({
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    const add = folder === 'overlays/set-links-up' ? { add: ['NET_ADMIN'] } : {};
    expect(securityContext['capabilities']).toEqual({ drop: ['ALL'], ...add });
  });

  it('shares no namespace with the host, and has an API token only if it uses the API', () => {
    expect(Object.keys(daemonSet.pod).filter((key) => key.startsWith('host'))).toEqual([]);
    expect(daemonSet.pod['automountServiceAccountToken']).toBe(usesApi);
  });

  it('mounts the host read-only, and only the directories for plugins and those of its component writable', () => {
    const writable = new Map(
      daemonSet.mounts.filter((mount) => mount.readOnly !== true).map((mount) => [mount.name, mount.mountPath]),
    );
    const cdi = folder.endsWith('cdi') ? { cdi: '/var/run/cdi' } : {};
    const sys = folder === 'overlays/set-links-up' ? { sys: '/host/sys' } : {};
    const state = usesApi ? { state: '/var/lib/rdma-shared-dp' } : {};
    expect(Object.fromEntries(writable)).toEqual({ ...writableMounts, ...cdi, ...sys, ...state });
    const all = new Map(daemonSet.mounts.map((mount) => [mount.name, mount.mountPath]));
    const { config, ...host } = readOnlyMounts;
    expect(Object.fromEntries(all)).toEqual({
      ...host,
      ...(usesApi ? {} : { config }),
      ...writableMounts,
      ...cdi,
      ...state,
    });
  });

  function runOptions(): RunOptions {
    const parsed = parseArguments(daemonSet.args, daemonSet.env);
    if (parsed.kind === 'exit') throw new Error(parsed.text);
    if (parsed.command.name !== 'run') throw new Error(`the command is ${parsed.command.name}`);
    return parsed.command.options;
  }

  it('lets the commands in its pod see what the program sees', () => {
    const { settings, discovery, cdiDirectory } = runOptions();
    const doctor = parseArguments(['doctor'], daemonSet.env);
    expect(doctor).toMatchObject({ command: { options: { settings, discovery, cdiDirectory } } });
  });

  it('has a volume for each mount and a mount for each volume', () => {
    expect(daemonSet.mounts.map((mount) => mount.name).toSorted()).toEqual(
      daemonSet.volumes.map((volume) => volume.name).toSorted(),
    );
  });

  it('passes valid arguments, whose paths are mounted', () => {
    const { cdiDirectory, node, discovery, registration, podResourcesSocket } = runOptions();
    expect([cdiDirectory !== null, node.postsEvents]).toEqual([folder.endsWith('cdi'), postsEvents]);
    expect(discovery.hostRoot).toBe('/host');
    const paths = new Set(daemonSet.mounts.map((mount) => mount.mountPath));
    const directories = [...socketDirectories(kubeletDirectories(registration.places)), dirname(podResourcesSocket)];
    const used = [...directories, ...(cdiDirectory === null ? [] : [cdiDirectory])];
    expect(used.filter((path) => !paths.has(path))).toEqual([]);
  });

  it('serves HTTP on the port that the pod declares and the probes ask', () => {
    const { ports, readinessProbe, livenessProbe } = daemonSet.container;
    expect(ports).toEqual([{ name: 'http', containerPort: 9464, protocol: 'TCP' }]);
    expect(runOptions().http.address).toBe(':9464');
    expect(readinessProbe).toMatchObject({ httpGet: { path: '/readyz', port: 'http' } });
    expect(livenessProbe).toMatchObject({ httpGet: { path: '/livez', port: 'http' } });
  });

  it('serves the status on a socket in a writable directory, where the command status finds it', () => {
    expect(dirname(runOptions().http.statusSocket ?? '')).toBe(writableMounts.run);
    const parsed = parseArguments(['status'], {});
    expect(parsed).toMatchObject({ command: { options: { socket: runOptions().http.statusSocket } } });
  });

  it('passes the name of the node to the program', () => {
    expect(daemonSet.container['env']).toContainEqual({
      name: 'NODE_NAME',
      valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } },
    });
  });

  it('selects its own pods', () => {
    expect(daemonSet.podLabels).toMatchObject(daemonSet.matchLabels);
    expect(Object.keys(daemonSet.matchLabels)).toHaveLength(1);
  });

  it('never puts two instances on one node', () => {
    expect(daemonSet.rollingUpdate).toEqual({ maxSurge: 0, maxUnavailable: 1 });
  });

  if (usesApi) {
    const settingsRules = [
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['rdma-shared-dp-config'], verbs: ['get', 'watch'] },
    ];
    const eventRules = [{ apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] }];

    it('has the API permissions that it needs, and no others', () => {
      const [accounts, roles, bindings] = ['ServiceAccount', 'Role', 'RoleBinding'].map((kind) =>
        objectsOf(rendered, kind),
      );
      const account = { name: daemonSet.pod['serviceAccountName'], namespace: daemonSet.namespace };
      expect(accounts).toMatchObject([{ metadata: account }]);
      const settings = { name: 'rdma-shared-dp-settings', namespace: daemonSet.namespace };
      const events = { name: 'rdma-shared-dp-events', namespace: 'default' };
      const expected = [
        ...(postsEvents ? [{ metadata: events, rules: eventRules }] : []),
        { metadata: settings, rules: settingsRules },
      ];
      expect(roles).toMatchObject(expected);
      expect(bindings).toMatchObject(
        expected.map(({ metadata }) => ({
          metadata,
          roleRef: { kind: 'Role', name: metadata.name },
          subjects: [account],
        })),
      );
      expect(objectsOf(rendered, 'ClusterRole')).toMatchObject([
        {
          metadata: { name: 'rdma-shared-dp-node' },
          rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }],
        },
      ]);
      expect(objectsOf(rendered, 'ClusterRoleBinding')).toMatchObject([
        { roleRef: { kind: 'ClusterRole', name: 'rdma-shared-dp-node' }, subjects: [account] },
      ]);
      expect(rendered).toHaveLength(postsEvents ? 9 : 7);
      expect(runOptions().settings).toMatchObject({ kind: 'kubernetes', configMap: 'rdma-shared-dp-config' });
    });
  }

  if (folder.includes('replace-upstream')) {
    it("has upstream's names, and leaves the ConfigMap to the operator", () => {
      expect(configMaps).toEqual([]);
      expect(daemonSet).toMatchObject({
        namespace: 'kube-system',
        name: 'rdma-shared-dp-ds',
        matchLabels: { name: 'rdma-shared-dp-ds' },
      });
      expect(daemonSet.container.name).toBe('k8s-rdma-shared-dp-ds');
      expect(daemonSet.configMapName).toBe('rdma-devices');
    });
  } else {
    it('ships settings that load without a warning', async () => {
      expect(configMaps.map((configMap) => configMap.name)).toEqual([
        usesApi ? 'rdma-shared-dp-config' : daemonSet.configMapName,
      ]);
      const reading = await readSettings(configMaps[0]?.data['config.json'] ?? '');
      expect(reading).toMatchObject({
        valid: true,
        warnings: [],
        settings: { setLinksUp: folder === 'overlays/set-links-up' },
      });
    });
  }
});

let temporary: string | null = null;
afterAll(() => {
  if (temporary !== null) rmSync(temporary, { recursive: true, force: true });
});

async function readSettings(text: string): Promise<unknown> {
  temporary ??= mkdtempSync(join(tmpdir(), 'rdma-manifests-'));
  const path = join(temporary, 'config.json');
  writeFileSync(path, text);
  return await new FileConfigSource({ path, clock: new SteppedClock() }).read();
}
