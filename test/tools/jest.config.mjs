// SPDX-License-Identifier: Apache-2.0
import base from '../../jest.config.mjs';

export default { ...base, rootDir: '../..', roots: ['<rootDir>/test/tools'], testMatch: ['**/*.lab.ts'] };
