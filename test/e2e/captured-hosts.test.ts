// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { deviceNodeKinds, type Hca, type Inventory } from '#domain/hca/hca.ts';
import { NodeFixture, livenessMs } from '../support/node-fixture.ts';
import { ProgramFixture, runProgram } from '../support/program-fixture.ts';
import { capturedHosts, fixtureFile, removeHosts, unpackHost } from '../support/hosts-fixture.ts';

/**
 * Selectors for each captured host, and the HCAs that they must select. Written by hand, not taken from the program.
 */
const selections: Readonly<
  Record<(typeof capturedHosts)[number], { readonly selectors: object; readonly selected: readonly string[] }>
> = {
  'exclusive-netns': { selectors: { linkTypes: ['ether'] }, selected: [] },
  'hca-like-pf-vf-numa': { selectors: { vendors: ['8086'], deviceIDs: ['10c9'] }, selected: ['mlx5_2', 'mlx5_3'] },
  'no-rdma-modules': { selectors: { vendors: ['8086'] }, selected: [] },
  'port-down': { selectors: { ifNames: ['eth2', 'eth3'] }, selected: ['rxe0', 'rxe1'] },
  renamed: { selectors: { linkTypes: ['ether'] }, selected: ['ibrenamed0', 'rxe0', 'siw0'] },
  'rxe-siw-up': { selectors: { ifNames: ['eth2'] }, selected: ['rxe0'] },
  'umad-not-loaded': { selectors: { linkTypes: ['ether'] }, selected: ['rxe0', 'rxe1', 'siw0'] },
};

const shares = 7;
const methods = ['device-plugins', 'plugins-registry'] as const;
const cases = capturedHosts.flatMap((host) =>
  methods.flatMap((method) => [false, true].map((cdi) => ({ host, method, cdi }))),
);

let node = new NodeFixture();
afterEach(() => node.close());
afterAll(removeHosts);

function expectedInventory(host: string): Inventory {
  return JSON.parse(readFileSync(fixtureFile(host, 'inventory.json'), 'utf8')) as Inventory;
}

/** Returns the device nodes of the selected HCAs, without duplicates. */
function nodesOf(host: string, selected: readonly string[]): readonly string[] {
  const hcas: readonly Hca[] = expectedInventory(host).hcas.filter((hca) => selected.includes(hca.name));
  return [...new Set(hcas.flatMap((hca) => hca.deviceNodes.map(({ path }) => path)))].toSorted();
}

async function start(host: string, method: string, cdi: boolean): Promise<ProgramFixture> {
  await node.close();
  node = new NodeFixture({ generation: method === 'device-plugins' ? 'K1' : 'K2' });
  const config = join(node.directory, 'config.json');
  const { selectors } = selections[host as keyof typeof selections];
  writeFileSync(config, JSON.stringify({ configList: [{ resourceName: 'captured', rdmaHcaMax: shares, selectors }] }));
  await node.kubelet.start();
  const program = new ProgramFixture([
    ...['--config-file', config, '--host-root', await unpackHost(host), '--registration', method, `--use-cdi=${cdi}`],
    ...['--cdi-dir', join(node.directory, 'cdi'), '--device-plugins-dir', node.directories.devicePlugins],
    ...['--plugins-registry-dir', node.directories.pluginsRegistry],
  ]);
  node.onClose(async () => void (await program.end('SIGKILL')));
  return program;
}

interface CdiFile {
  readonly kind: string;
  readonly devices: readonly { name: string; containerEdits: { deviceNodes: readonly { path: string }[] } }[];
}

/** Returns the paths that a runtime would add for these CDI devices, according to the files in the CDI directory. */
function resolveCdi(names: readonly string[]): readonly string[] {
  const directory = join(node.directory, 'cdi');
  const files = readdirSync(directory).map(
    (name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as CdiFile,
  );
  const devices = new Map<string, CdiFile['devices'][number]>(
    files.flatMap(({ kind, devices: list }) => list.map((device) => [`${kind}=${device.name}`, device] as const)),
  );
  return names.flatMap((name) =>
    (devices.get(name)?.containerEdits.deviceNodes ?? [{ path: `unknown ${name}` }]).map(({ path }) => path),
  );
}

describe.each(cases)('the program on captured host $host (registration $method, CDI $cdi)', ({ host, method, cdi }) => {
  const { selected } = selections[host];
  const nodes = nodesOf(host, selected);

  it(
    `offers ${selected.length === 0 ? 'no shares' : `${shares} shares of ${selected.join(' and ')}`}, and shuts down cleanly`,
    async () => {
      const program = await start(host, method, cdi);
      await node.reach('rdma/captured', selected.length === 0 ? 0 : shares);
      if (selected.length > 0) {
        const admission = await node.kubelet.admit({
          namespace: 'e2e',
          name: 'pod',
          containers: [{ name: 'main', limits: { 'rdma/captured': 2 } }],
        });
        const [container] = admission.admitted ? admission.containers : [];
        const granted = container?.deviceNodes ?? [];
        expect(
          granted.every(
            ({ hostPath, containerPath, permissions }) => hostPath === containerPath && permissions === 'rwm',
          ),
        ).toBe(true);
        const paths = cdi ? resolveCdi(container?.cdiDevices ?? []) : granted.map(({ hostPath }) => hostPath);
        expect([...new Set(paths)].toSorted()).toEqual(nodes);
        expect(cdi ? granted.length : container?.cdiDevices.length).toBe(0);
        expect(container?.ids['rdma/captured']?.every((id) => Number(id) >= 0 && Number(id) < shares)).toBe(true);
      }
      const { status, err } = await program.end();
      expect({ status, sockets: node.sockets() }).toEqual({ status: 0, sockets: [] });
      if (selected.length === 0) expect(err).toContain('has no shares available');
    },
    livenessMs,
  );
});

describe.each([...capturedHosts])('discover on captured host %s', (host) => {
  it(
    'prints the inventory in the documented JSON format',
    async () => {
      const { status, out } = await runProgram(['discover', '-o', 'json', '--host-root', await unpackHost(host)]);
      const { hcas, netnsMode, problems } = expectedInventory(host);
      expect(status).toBe(0);
      expect(JSON.parse(out)).toEqual({
        idleFunctions: [],
        hcas: hcas.map(
          ({ name, pci, subfunction, managementOnly, driver, rdmaDriver, numaNode, nodeGuid, ports, deviceNodes }) => ({
            name,
            pciAddress: pci?.address ?? null,
            vendor: pci?.vendor ?? null,
            deviceId: pci?.deviceId ?? null,
            driver,
            rdmaDriver,
            functionKind: pci?.functionKind ?? null,
            subfunction,
            managementOnly,
            numaNode,
            nodeGuid,
            ports: ports.map(({ number, state, linkLayer, netdevs }) => ({ number, state, linkLayer, netdevs })),
            deviceNodes: deviceNodes.map(({ kind, path }) => ({ kind, path })),
            discovery: null,
          }),
        ),
        netnsMode,
        problems,
      });
      expect(hcas.flatMap((hca) => hca.deviceNodes).every(({ kind }) => deviceNodeKinds.includes(kind))).toBe(true);
    },
    livenessMs,
  );
});
