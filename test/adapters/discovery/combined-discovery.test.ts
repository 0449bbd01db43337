// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { CombinedDiscovery, type NamedDiscovery } from '#adapters/discovery/combined-discovery.ts';
import type { IdleFunctionSpec } from '#adapters/discovery/fake/hca-spec.ts';
import { MeasuredDiscovery } from '#adapters/discovery/measured-discovery.ts';
import { createDiscovery, discoveryAdapters } from '#adapters/discovery/registry.ts';
import { flags } from '#adapters/cli/flags.ts';
import { Observers } from '#app/status/observers.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import { SteppedClock, settle } from '../../support/stepped-clock.ts';
import { RecordedLog } from '../../support/recorded-log.ts';
import { ChangeableHost, ChangeableHostDiscovery } from '../../support/changeable-host.ts';

function part(title: string, host: ChangeableHost): NamedDiscovery {
  const fake = new ChangeableHostDiscovery(host);
  return { title, module: null, discovery: fake, hints: fake };
}

function hostOf(...hcas: readonly (readonly [string, string | null])[]): ChangeableHost {
  const host = new ChangeableHost();
  for (const [name, pciAddress] of hcas) host.addHca({ name, pciAddress });
  return host;
}

function anIdleFunction(pciAddress: string): IdleFunctionSpec {
  const bare = { driver: null, rdmaModule: null, numaNode: null, netdevs: [] };
  return { pciAddress, vendor: '15b3', deviceId: '1021', cause: 'no-driver', ...bare };
}

async function combined(
  ...hosts: readonly ChangeableHost[]
): Promise<{ readonly names: readonly string[]; readonly messages: readonly string[] }> {
  const { hcas, problems } = await new CombinedDiscovery(hosts.map((host, i) => part(`part ${i}`, host))).scan();
  return { names: hcas.map(({ name }) => name), messages: problems.map(({ message }) => message) };
}

describe('CombinedDiscovery', () => {
  it('returns the HCAs of all discoveries in natural order', async () => {
    const first = hostOf(['mlx5_2', '0000:02:00.0'], ['rxe0', null]);
    expect(await combined(first, hostOf(['mlx5_10', '0000:0a:00.0'], ['siw0', null]))).toEqual({
      names: ['mlx5_2', 'mlx5_10', 'rxe0', 'siw0'],
      messages: [],
    });
  });

  it('keeps the first of two HCAs with the same name or PCI address, and reports the other', async () => {
    const [a, b] = [
      hostOf(['a', '0000:01:00.0']),
      hostOf(['a', '0000:02:00.0'], ['b', '0000:01:00.0'], ['c', '0000:03:00.0']),
    ];
    expect(await combined(a, b)).toEqual({
      names: ['a', 'c'],
      messages: [
        'HCA a of part 1 is ignored, because part 0 takes precedence and reports an HCA with the same name.',
        'HCA b of part 1 is ignored, because part 0 takes precedence and reports an HCA with the same PCI address 0000:01:00.0.',
      ],
    });
    expect((await combined(b, a)).names).toEqual(['a', 'b', 'c']);
  });

  it('leaves out idle PCI functions on which another discovery finds an HCA', async () => {
    const [host, module] = [hostOf(), hostOf(['a', '0000:01:00.0'])];
    host.setIdleFunctions([anIdleFunction('0000:01:00.0'), anIdleFunction('0000:02:00.0')]);
    const { idleFunctions } = await new CombinedDiscovery([part('0', host), part('1', module)]).scan();
    expect(idleFunctions?.map(({ pci }) => pci.address)).toEqual(['0000:02:00.0']);
  });

  it('is partial if one of its discoveries is', async () => {
    const whole = part('0', hostOf(['a', '0000:01:00.0']));
    const failed = {
      ...part('1', hostOf()),
      discovery: { scan: async () => ({ ...hostOf().inventory(), isPartial: true }) },
    };
    const scans = await Promise.all([[whole], [whole, failed]].map((parts) => new CombinedDiscovery(parts).scan()));
    expect(scans.map(({ isPartial }) => isPartial)).toEqual([false, true]);
  });

  it('names the module of each HCA, and the modules that failed', async () => {
    const [builtIn, acme] = [
      part('0', hostOf(['a', null])),
      { ...part('1', hostOf(['b', null])), module: './acme.mjs' },
    ];
    const failed = {
      ...part('2', hostOf()),
      module: './broken.mjs',
      discovery: { scan: async () => ({ ...hostOf().inventory(), isPartial: true }) },
    };
    const { hcas, failedModules } = await new CombinedDiscovery([builtIn, acme, failed]).scan();
    expect(hcas.map(({ name, discovery }) => [name, discovery])).toEqual([
      ['a', undefined],
      ['b', './acme.mjs'],
    ]);
    expect(failedModules).toEqual(['./broken.mjs']);
  });

  it('keeps HCAs of one discovery that share a PCI address, as subfunctions do', async () => {
    expect((await combined(hostOf(), hostOf(['pf', '0000:01:00.0'], ['sf', '0000:01:00.0']))).names).toEqual([
      'pf',
      'sf',
    ]);
  });

  it('hints when one discovery does, until the watch is stopped', async () => {
    const hosts = [hostOf(), hostOf()];
    let hints = 0;
    const stop = new CombinedDiscovery(hosts.map((host) => part('x', host))).watch(() => (hints += 1));
    for (const host of hosts) host.addHca({ name: 'mlx5_0' });
    await settle();
    expect(hints).toBe(2);
    stop();
    for (const host of hosts) host.removeHca('mlx5_0');
    await settle();
    expect(hints).toBe(2);
  });

  it('rejects if one discovery rejects', async () => {
    const problem = { code: 'X', actor: 'operator', subject: '/', message: 'No host.', remedy: 'Mount it.' } as const;
    const broken = { ...part('x', hostOf()), discovery: { scan: () => Promise.reject(new ProblemError([problem])) } };
    await expect(new CombinedDiscovery([broken, part('y', hostOf(['a', null]))]).scan()).rejects.toBeInstanceOf(
      ProblemError,
    );
  });
});

describe('discoveryAdapters', () => {
  it('has the adapters that --discovery accepts', () => {
    expect(flags.discovery.choices).toEqual([...Object.keys(discoveryAdapters), 'none']);
  });
});

describe('createDiscovery', () => {
  const options = {
    adapter: 'sysfs',
    hostRoot: '/',
    fakeHcasFile: null,
    parseYaml: async () => await Promise.resolve(null),
    observer: new Observers([]),
    clock: new SteppedClock(),
    logger: new RecordedLog(),
    modulePatienceMs: 0,
  } as const;

  it('combines the adapter with modules only if there are any', async () => {
    expect((await createDiscovery({ ...options, modules: [] })).discovery).toBeInstanceOf(MeasuredDiscovery);
    const { discovery, hints } = await createDiscovery({ ...options, modules: ['./a.mjs'] });
    expect(discovery).toBeInstanceOf(CombinedDiscovery);
    expect(hints).toBe(discovery);
  });

  it('uses modules alone with the adapter none, and rejects it without any', async () => {
    const none = { ...options, adapter: 'none' } as const;
    const { discovery } = await createDiscovery({ ...none, modules: ['./a.mjs'] });
    expect(await discovery.scan()).toMatchObject({ hcas: [], isPartial: true });
    await expect(createDiscovery({ ...none, modules: [] })).rejects.toMatchObject({
      problems: [{ code: 'DISCOVERY_MODULE_NOT_SET' }],
    });
  });
});
