// SPDX-License-Identifier: Apache-2.0
// npm run test:kubelet: builds the kubelets that are not built yet, and runs the tier against them. Arguments go to jest.
import { runTier } from '../support/run-tier.mjs';
import { buildMissingPrograms } from './programs.mjs';
import { whatIsMissing } from './requirements.mjs';

runTier({ tier: 'kubelet', parts: 'real kubelets', missing: whatIsMissing(), build: buildMissingPrograms });
