// SPDX-License-Identifier: Apache-2.0
// What a machine must have to run this tier.
import { missingPackages } from '../support/program-in-path.mjs';

const programs = [
  { file: 'chromium', package: 'chromium', use: 'renders the page' },
  { file: 'buildah', package: 'buildah', use: 'builds the image' },
  { file: 'promtool', package: 'prometheus', use: 'checks the metrics' },
];

/** Returns one sentence for each missing requirement, and how to get it; empty if the tier can run. */
export function whatIsMissing() {
  return missingPackages(programs);
}
