// SPDX-License-Identifier: Apache-2.0
// npm run test:kubelet: builds the kubelets if necessary, and runs the tier on them. Arguments are passed to jest.
import { runTier } from '../support/run-tier.mjs';
import { buildMissingPrograms } from './programs.mjs';
import { whatIsMissing } from './requirements.mjs';

runTier({ tier: 'kubelet', parts: 'real kubelets', missing: whatIsMissing(), build: buildMissingPrograms });
