// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { CombinedDiscovery, type NamedDiscovery } from '#adapters/discovery/combined-discovery.ts';
import { FakeExtraNodes, FakeHcaDiscovery } from '#adapters/discovery/fake/hca-discovery.ts';
import { FakeHost } from '#adapters/discovery/fake/host.ts';
import { discoveryAdapters, withModules } from '#adapters/discovery/registry.ts';
import { flags } from '#adapters/cli/program-options.ts';
import { NullMetrics } from '#adapters/metrics/null-metrics.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import { SteppedClock, settle } from '../../support/stepped-clock.ts';
import { fakeWorld } from '../../support/hosts-worlds.ts';
import { hcaDiscoverySuite } from '../../contract/hca-discovery.suite.ts';

function part(title: string, host: FakeHost): NamedDiscovery {
  const fake = new FakeHcaDiscovery(host);
  return { title, discovery: fake, hints: fake };
}

function hostOf(...hcas: readonly (readonly [string, string | null])[]): FakeHost {
  const host = new FakeHost();
  for (const [name, pciAddress] of hcas) host.addHca({ name, pciAddress });
  return host;
}

async function combined(
  ...hosts: readonly FakeHost[]
): Promise<{ readonly names: readonly string[]; readonly messages: readonly string[] }> {
  const { hcas, problems } = await new CombinedDiscovery(hosts.map((host, i) => part(`part ${i}`, host))).scan();
  return { names: hcas.map(({ name }) => name), messages: problems.map(({ message }) => message) };
}

hcaDiscoverySuite('CombinedDiscovery', async () => {
  const world = await fakeWorld();
  const { discovery } = world;
  const hints = new FakeHcaDiscovery(new FakeHost());
  return {
    ...world,
    discovery: new CombinedDiscovery([{ title: 'all', discovery, hints }, part('none', new FakeHost())]),
  };
});

describe('several discoveries as one', () => {
  it('have the HCAs of all, in natural order', async () => {
    const first = hostOf(['mlx5_2', '0000:02:00.0'], ['rxe0', null]);
    expect(await combined(first, hostOf(['mlx5_10', '0000:0a:00.0'], ['siw0', null]))).toEqual({
      names: ['mlx5_2', 'mlx5_10', 'rxe0', 'siw0'],
      messages: [],
    });
  });

  it('leave an HCA of the same name or PCI address to the first, and say so', async () => {
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

  it('keep HCAs of one discovery that have one PCI address, as subfunctions have', async () => {
    expect((await combined(hostOf(), hostOf(['pf', '0000:01:00.0'], ['sf', '0000:01:00.0']))).names).toEqual([
      'pf',
      'sf',
    ]);
  });

  it('hint when one does, until the watch is over', async () => {
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

  it('reject as the built-in one does', async () => {
    const problem = { code: 'X', actor: 'operator', subject: '/', message: 'No host.', remedy: 'Mount it.' } as const;
    const broken = { ...part('x', hostOf()), discovery: { scan: () => Promise.reject(new ProblemError([problem])) } };
    await expect(new CombinedDiscovery([broken, part('y', hostOf(['a', null]))]).scan()).rejects.toBeInstanceOf(
      ProblemError,
    );
  });
});

describe('the registry of discovery adapters', () => {
  it('has those that --discovery takes', () => {
    expect(flags.find(({ name }) => name === 'discovery')?.kind).toEqual(Object.keys(discoveryAdapters));
  });
});

describe('a discovery with modules', () => {
  it.each([null, '', ' , '])('is the built-in one itself where none is named (%p)', (modules) => {
    const host = hostOf();
    const builtIn = { ...part('x', host), extraNodes: new FakeExtraNodes(host) };
    expect(
      withModules(builtIn, modules, { hostRoot: '/', metrics: new NullMetrics(), clock: new SteppedClock() }),
    ).toBe(builtIn);
  });
});
