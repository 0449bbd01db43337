// SPDX-License-Identifier: Apache-2.0
import { efa, erdma, microsoftMana, pvrdma } from './clouds.ts';
import type { Family } from './family.ts';
import { hfi1, mthca, qib } from './infiniband.ts';
import { mlx4 } from './mlx4.ts';
import { mlx5 } from './mlx5.ts';
import { ionic, ocrdma, usnic } from './more-nics.ts';
import { bnxtRe, cxgb4, hns, irdma, qedr } from './nics.ts';
import { rxe, siw } from './soft.ts';

/**
 * Every family of RDMA hardware with a Linux driver, and the soft devices, in the order of the table in
 * docs/hardware.md.
 */
export const families: readonly Family[] = [
  mlx5,
  mlx4,
  mthca,
  hfi1,
  qib,
  irdma,
  bnxtRe,
  hns,
  cxgb4,
  qedr,
  ionic,
  ocrdma,
  usnic,
  efa,
  erdma,
  microsoftMana,
  pvrdma,
  rxe,
  siw,
];
