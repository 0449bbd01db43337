// SPDX-License-Identifier: Apache-2.0

/** The number of cases and the seed of the tests in this folder: `npm run test:fuzz -- --runs 100000 --seed 7`. */
export const fuzz = {
  runs: numberOf('RDMA_DP_FUZZ_RUNS', 10_000),
  seed: numberOf('RDMA_DP_FUZZ_SEED', 20_261_123),
  /** Far more than 100,000 cases take. */
  limitMs: 60 * 60_000,
};

function numberOf(variable: string, fallback: number): number {
  const value = Number(process.env[variable] ?? fallback);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${variable} is ${process.env[variable]}; it must be a whole number, 1 or greater.`);
  return value;
}
