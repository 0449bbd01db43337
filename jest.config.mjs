// SPDX-License-Identifier: Apache-2.0
import { availableParallelism } from 'node:os';

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest'] },
  // Ends a test that hangs. On a loaded machine a test can take several times as long as alone.
  testTimeout: 20_000,
  // Tests mostly wait for processes and sockets. A worker that uses too much memory is replaced.
  maxWorkers: Math.max(2, Math.ceil(availableParallelism() / 2)),
  workerIdleMemoryLimit: '1GB',
  coverageProvider: 'v8',
};
