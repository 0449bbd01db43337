// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidAnswer, readModuleInventory } from '#adapters/discovery/module/inventory.ts';
import { ChangeableHost } from '../../../support/changeable-host.ts';

const hca = (change: object): unknown => ({ hcas: [{ name: 'acme_0', ...change }] });
const node = (path: string): unknown => hca({ deviceNodes: [{ kind: 'uverbs', path }] });

describe('readModuleInventory', () => {
  it('returns a complete inventory unchanged', () => {
    const host = new ChangeableHost();
    for (const name of ['mlx5_0', 'mlx5_1']) host.addHca({ name });
    host.addHca({ name: 'rxe0', pciAddress: null });
    host.breakHca('mlx5_1');
    expect(readModuleInventory(structuredClone(host.inventory()))).toEqual({ ...host.inventory(), netnsMode: null });
  });

  it('sorts the HCAs, and fills absent values with null or empty lists', () => {
    const { hcas } = readModuleInventory({ hcas: [{ name: 'b_10' }, { name: 'b_9' }] });
    expect(hcas.map(({ name }) => name)).toEqual(['b_9', 'b_10']);
    expect(hcas[0]).toMatchObject({ pci: null, driver: null, numaNode: null, ports: [], netdevs: [], deviceNodes: [] });
  });

  it.each([
    [undefined, 'inventory is missing; it must be an object'],
    [{}, 'inventory.hcas is missing; it must be a list'],
    [{ hcas: [null] }, 'inventory.hcas[0] is null; it must be an object'],
    [{ hcas: [[]] }, 'inventory.hcas[0] is a list; it must be an object'],
    [hca({ ports: [{ number: 1 }, { number: 1 }] }), 'inventory.hcas[0].ports has 1 more than once'],
    [{ hcas: [{ name: 'a/b' }] }, 'inventory.hcas[0].name is "a/b"; it must be the name of an RDMA device'],
    [{ hcas: [{ name: 'a' }, { name: 'a' }] }, 'inventory.hcas has a more than once'],
    [
      hca({ pci: { address: '3b:00.0' } }),
      'inventory.hcas[0].pci.address is "3b:00.0"; it must be a PCI address such as 0000:3b:00.0',
    ],
    [
      hca({ pci: { address: '0000:3b:00.0', vendor: '0x15b3' } }),
      'inventory.hcas[0].pci.vendor is "0x15b3"; it must be four lower-case hexadecimal digits',
    ],
    [hca({ numaNode: -1 }), 'inventory.hcas[0].numaNode is -1; it must be a whole number, 0 or greater'],
    [
      hca({ ports: [{ number: 1, gidTableSize: 0 }] }),
      'inventory.hcas[0].ports[0].gidTableSize is 0; it must be a whole number, 1 or greater',
    ],
    [
      hca({ ports: [{ number: 1, hasGid: 'no' }] }),
      'inventory.hcas[0].ports[0].hasGid is "no"; it must be true or false',
    ],
    [
      hca({ ports: [{ number: 0 }] }),
      'inventory.hcas[0].ports[0].number is 0; it must be a whole number, 1 or greater',
    ],
    [
      hca({ ports: [{ number: 1, netdevs: ['eth0'] }] }),
      'inventory.hcas[0].ports[0].netdevs[0] is "eth0"; it must be absent, because the HCA has no netdevs',
    ],
    [
      hca({ deviceNodes: [{ kind: 'sda', path: '/dev/sda' }] }),
      'inventory.hcas[0].deviceNodes[0].kind is "sda"; it must be one of uverbs, umad, issm, ucm, rdma_cm',
    ],
    [
      { hcas: [], problems: [{ code: 'X', actor: 'node' }] },
      'inventory.problems[0].subject is missing; it must be a sentence',
    ],
  ])('rejects an invalid inventory and names the path (%#)', (answer, message) => {
    const read = (): unknown => readModuleInventory(answer);
    expect(read).toThrow(InvalidAnswer);
    expect(read).toThrow(message);
  });

  it('reads what a port says of its GID table', () => {
    const said = { number: 1, gidTableSize: 256, hasGid: false };
    const [port, silent] = readModuleInventory(hca({ ports: [said, { number: 2 }] })).hcas[0]?.ports ?? [];
    expect(port).toMatchObject(said);
    expect(Object.keys(silent ?? {})).toEqual(['number', 'state', 'physState', 'linkLayer', 'rate', 'netdevs']);
  });

  it.each([
    '/dev',
    '/dev/',
    '/etc/shadow',
    '/dev/../etc/shadow',
    '/dev/infiniband/../../etc',
    '/dev/./x',
    '/dev//x',
    'dev/x',
    '/dev/x/',
  ])('rejects a device node at %s', (path) => {
    expect(() => readModuleInventory(node(path))).toThrow('it must be a path under /dev');
  });

  it('returns a frozen inventory or throws InvalidAnswer, whatever a module returns', () => {
    const part = fc.record(
      {
        name: fc.anything(),
        pci: fc.anything(),
        ports: fc.anything(),
        deviceNodes: fc.anything(),
        netdevs: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ hcas: fc.array(part), problems: fc.anything() })), (answer) => {
        try {
          expect(Object.isFrozen(readModuleInventory(answer))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidAnswer);
        }
      }),
    );
  });
});
