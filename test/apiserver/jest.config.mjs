// SPDX-License-Identifier: Apache-2.0
import base from '../../jest.config.mjs';

export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/apiserver'],
  testMatch: ['**/*.lab.ts'],
  // A bound for hangs. The longest tests wait until a token expires.
  testTimeout: 240_000,
  reporters: [['<rootDir>/test/support/times-reporter.mjs', { tier: 'apiserver' }], 'default'],
};
