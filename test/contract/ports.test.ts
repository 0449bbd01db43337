// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { filesUnder } from '../support/source-tree.ts';

/** Ports without a contract suite, and why. */
const withoutSuite: Readonly<Record<string, string>> = {
  clock: 'it has one adapter, the timers of Node; the other implementation is the stepped clock of the tests',
  'grant-observer': 'it has one implementation; test/app/holders tests what the port guarantees',
  logger: 'it has one adapter; test/adapters/log tests what the port guarantees',
  'netdev-links': 'it has one adapter and one caller; test/adapters/host tests what the port guarantees',
};

const ports = filesUnder('src/ports').map((file) => basename(file, '.ts'));

describe('ports', () => {
  it.each(ports)('have either a contract suite or a reason to have none: %s', (port) => {
    const suite = new URL(`${port}.contract.test.ts`, import.meta.url);
    // Name the suite test/contract/<port>.contract.test.ts, or add the reason to the list above.
    expect({ suite: existsSync(suite), reason: port in withoutSuite }).not.toEqual({ suite: false, reason: false });
    expect({ suite: existsSync(suite), reason: port in withoutSuite }).not.toEqual({ suite: true, reason: true });
  });

  it('exist for each reason', () => {
    expect(Object.keys(withoutSuite).filter((port) => !ports.includes(port))).toEqual([]);
  });
});
