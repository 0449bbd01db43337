// SPDX-License-Identifier: Apache-2.0
import base from '../../jest.config.mjs';

export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/kubelet'],
  testMatch: ['**/*.lab.ts'],
  // Only ends a test that hangs: no test takes a tenth of this time.
  testTimeout: 120_000,
  reporters: [['<rootDir>/test/support/times-reporter.mjs', { tier: 'kubelet' }], 'default'],
};
