// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { statusPage } from '#adapters/http/page/page.ts';
import { busyStatus } from '../../../support/busy-status.ts';
import { aStatus } from '../../../support/status-fixture.ts';

/** Returns what a reader sees: the texts without tags, each run of blanks as one. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*<\/style>/s, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll(/\s+/g, ' ');
}

describe('statusPage', () => {
  const page = statusPage(busyStatus());
  const text = textOf(page);

  it('shows the HCAs by NUMA node, those without one last', () => {
    expect([...page.matchAll(/<h[23]>([^<]*)</g)].map(([, title]) => title)).toEqual([
      ...['Problems', 'Resources', 'rdma/rail', 'rdma/storage', 'rdma/efa'],
      ...['NUMA node 0', 'mlx5_0', 'mlx5_1', 'mlx5_2', 'mlx5_3'],
      ...['NUMA node 1', 'mlx5_4', 'mlx5_5', 'mlx5_6', 'mlx5_7'],
      ...['Without a NUMA node', 'mlx5_bond_0', 'Last changes'],
    ]);
    expect(text).toContain('In no resource: bnxt_re0.');
  });

  it('shows how many shares are available and held, and by whom', () => {
    expect(text).toContain('rdma/rail registered 112 of 128 shares available, 5 held');
    expect(text).toContain('mlx5_0 healthy 0000:00:00.0, eth0 port 1 ACTIVE Ethernet in rdma/rail 16 of 16 shares');
    expect(text).toContain('train/llm-0 main: 4 shares');
    expect(text).toContain('train/llm-1 main: 1 share must be restarted: mlx5_1 changed');
  });

  it('shows problems with their remedies, and why a resource is empty', () => {
    expect(text).toContain('rdma/efa another instance serves it 0 of 0 shares available, 0 held');
    expect(text).toContain('rdma/efa has no shares available: no HCA matches its selectors');
    expect(text).toContain('No share is healthy.');
    expect(text).toMatch(/mlx5_7 unhealthy .* uverbs/);
  });

  it('needs no script, and takes nothing from elsewhere', () => {
    expect(page).not.toMatch(/<script|<link|<img|src=|@import|url\(/);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">/);
  });

  it('escapes what comes from elsewhere', () => {
    const problem = { code: 'X', actor: 'node', subject: '<i>', message: '<script>x</script>', remedy: '&' } as const;
    expect(statusPage(aStatus({ problems: [problem] }))).toContain('&#60;script&#62;x&#60;/script&#62;');
  });

  it('says that nothing is wrong, and that nobody knows who holds shares', () => {
    const quiet = textOf(statusPage({ ...busyStatus(), problems: [], holders: null }));
    expect(quiet).toContain('No problems.');
    expect(quiet).not.toContain('held');
  });

  it('stays short on a node with thousands of everything', () => {
    const { resources, holders, problems } = busyStatus();
    const many = <T>(some: readonly T[] | null): readonly T[] =>
      Array.from({ length: 3_000 }, (_, i) => some?.[i % some.length]).filter((one) => one !== undefined);
    const large = { ...busyStatus(), resources: many(resources), holders: many(holders), problems: many(problems) };
    expect(statusPage(large).length).toBeLessThan(1_000_000);
    expect(textOf(statusPage(large))).toContain('Not shown: 2872 resources and 2936 problems.');
  });
});
