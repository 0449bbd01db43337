// SPDX-License-Identifier: Apache-2.0
// npm run test:kernel: boots a Debian kernel with soft RoCE under QEMU and runs the built program there. Arguments are
// passed to jest.
import { runTier } from '../support/run-tier.mjs';
import { whatIsMissing } from './requirements.mjs';

runTier({ tier: 'kernel', parts: 'a real kernel', missing: whatIsMissing(), build: () => {} });
