// SPDX-License-Identifier: Apache-2.0

/**
 * The number of cases that a test of this folder tries, and their seed: `npm run test:fuzz -- --runs 100000 --seed 7`.
 */
export const fuzz = {
  runs: positiveNumber('RDMA_DP_FUZZ_RUNS', 10_000),
  seed: positiveNumber('RDMA_DP_FUZZ_SEED', 20_261_123),
  /** Far more than 100,000 cases take. */
  limitMs: 60 * 60_000,
};

function positiveNumber(variable: string, fallback: number): number {
  const value = Number(process.env[variable] ?? fallback);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${variable} is ${process.env[variable]}; it must be a positive whole number.`);
  return value;
}
