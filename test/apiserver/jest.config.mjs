// SPDX-License-Identifier: Apache-2.0
import base from '../../jest.config.mjs';

export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/apiserver'],
  testMatch: ['**/*.lab.ts'],
  // A liveness bound; what takes longest here waits for a token to expire.
  testTimeout: 240_000,
  reporters: [['<rootDir>/test/support/times-reporter.mjs', { tier: 'apiserver' }], 'default'],
};
