// SPDX-License-Identifier: Apache-2.0
// npm run test:apiserver: builds the API server if necessary, and runs the tier against it. Arguments are passed to jest.
import { runTier } from '../support/run-tier.mjs';
import { buildMissingPrograms } from './programs.mjs';
import { whatIsMissing } from './requirements.mjs';

runTier({ tier: 'apiserver', parts: 'a real API server', missing: whatIsMissing(), build: buildMissingPrograms });
