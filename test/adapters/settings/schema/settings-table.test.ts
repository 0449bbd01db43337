// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { settingsTable } from '#adapters/settings/schema/settings-table.ts';

describe('settingsTable', () => {
  const rows = settingsTable().trimEnd().split('\n').slice(2);

  it('has every key once, with its type and meaning', () => {
    const keys = rows.map((row) => /^\| `([^`]+)` \| [a-z ]+ \| .*\| .+\. \|$/.exec(row)?.[1]);
    expect(keys).toEqual([
      '$schema',
      'periodicUpdateInterval',
      'setLinksUp',
      'configList',
      'configList[].resourceName',
      'configList[].resourceNameTemplate',
      'configList[].resourcePrefix',
      'configList[].rdmaHcaMax',
      'configList[].sharing',
      'configList[].topology',
      'configList[].allocationPolicy',
      'configList[].env',
      'configList[].maxSharesPerContainer',
      'configList[].devices',
      'configList[].selectors',
      'configList[].selectors.vendors',
      'configList[].selectors.deviceIDs',
      'configList[].selectors.drivers',
      'configList[].selectors.ifNames',
      'configList[].selectors.linkTypes',
      'configList[].selectors.rdmaDevices',
      'configList[].selectors.pciAddresses',
      'configList[].selectors.numaNodes',
      'configList[].selectors.functionKinds',
      'configList[].exclude',
      'configList[].exclude.vendors',
      'configList[].exclude.deviceIDs',
      'configList[].exclude.drivers',
      'configList[].exclude.ifNames',
      'configList[].exclude.linkTypes',
      'configList[].exclude.rdmaDevices',
      'configList[].exclude.pciAddresses',
      'configList[].exclude.numaNodes',
      'configList[].exclude.functionKinds',
      'configList[].health',
      'configList[].health.linkDown',
      'configList[].health.holdDownSeconds',
      'configList[].health.forgetAfterSeconds',
      'configList[].deviceNodes',
      'configList[].deviceNodes.required',
      'configList[].deviceNodes.optional',
      'configList[].deviceNodes.extra',
      'nodes',
      'nodes[].match',
      'nodes[].match.names',
      'nodes[].match.labels',
      'nodes[].periodicUpdateInterval',
      'nodes[].setLinksUp',
      'nodes[].configList',
      'nodes[].remove',
    ]);
  });

  it('marks the keys that upstream does not have, except those in a marked key', () => {
    const keyOf = (row: string): string => /^\| `([^`]+)` /.exec(row)?.[1] ?? '';
    const marked = rows.filter((row) => row.includes('Not in upstream.')).map(keyOf);
    const isOurs = (key: string): boolean =>
      marked.some((ours) => key === ours || (/^[.[]/.test(key.slice(ours.length)) && key.startsWith(ours)));
    expect(rows.map(keyOf).filter((key) => !isOurs(key))).toEqual([
      'periodicUpdateInterval',
      'configList',
      ...['resourceName', 'resourcePrefix', 'rdmaHcaMax', 'devices', 'selectors'].map((key) => `configList[].${key}`),
      ...['vendors', 'deviceIDs', 'drivers', 'ifNames', 'linkTypes'].map((key) => `configList[].selectors.${key}`),
    ]);
  });

  it('has the defaults', () => {
    expect(rows.map((row) => row.split(' | ')[2]).filter((text) => text !== '')).toEqual([
      '`60`',
      '`false`',
      '`"rdma"`',
      '`0`',
      '`"pool"`',
      '`true`',
      '`"spread"`',
      '`false`',
      '`"ignore"`',
      '`10`',
      '`86400`',
      '`["uverbs"]`',
      '`["umad","issm","rdma_cm","ucm"]`',
      '`[]`',
    ]);
  });
});
