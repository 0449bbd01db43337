// SPDX-License-Identifier: Apache-2.0
// npm run test:tools: builds the image, and shows what the program serves over HTTP to the programs that read it: a
// browser, and the linter of Prometheus. Arguments are passed to jest.
import { runTier } from '../support/run-tier.mjs';
import { whatIsMissing } from './requirements.mjs';

runTier({ tier: 'tools', parts: 'a browser and promtool', missing: whatIsMissing(), build: () => {} });
