// SPDX-License-Identifier: Apache-2.0
import { firstOf } from '../../text/first-of.ts';
import { type Finding, bad, good } from '../finding.ts';
import type { PodHca } from './survey.ts';

/** Whether a variable names HCAs: those of this program (domain/grant/environment.ts), of NCCL, and of UCX. */
export function namesHcas(variable: string): boolean {
  return /^(RDMA_SHARED_DP_\w+_HCAS|NCCL_IB_HCA|UCX_NET_DEVICES)$/.test(variable);
}

/** Judges whether the HCAs that the environment names are there and may be used. */
export function environmentFindings(
  environment: ReadonlyMap<string, string>,
  hcas: readonly PodHca[],
  granted: readonly PodHca[],
): readonly Finding[] {
  if (hcas.length === 0) return [];
  const [known, usable] = [hcas, granted].map((some) => new Set(some.map(({ name }) => name)));
  return [...environment].flatMap(([variable, value]) => {
    const names = hcasIn(variable, value);
    const absent = names.filter((name) => known?.has(name) !== true);
    const closed = names.filter((name) => known?.has(name) === true && usable?.has(name) !== true);
    if (names.length === 0) return [];
    if (absent.length > 0)
      return [
        bad(
          'environment',
          `${variable} names ${firstOf(absent, 8)}, which does not exist.`,
          'Restart the pod if an HCA was renamed; else correct the variable in the pod.',
        ),
      ];
    if (closed.length > 0)
      return [
        bad(
          'environment',
          `${variable} names ${firstOf(closed, 8)}, for which this container has no uverbs node.`,
          'Remove the variable from the pod, or request a share of that HCA.',
        ),
      ];
    return [good('environment', `${variable} names ${firstOf(names, 8)}, which this container may use.`)];
  });
}

/**
 * Returns the names of HCAs in a value. NCCL takes exact names after `=`, excluded ones after `^`, and prefixes
 * otherwise; all may have a port. UCX takes `name:port`, and names of network interfaces.
 */
function hcasIn(variable: string, value: string): readonly string[] {
  if (variable === 'NCCL_IB_HCA' && !value.startsWith('=')) return [];
  const names = value.replace(/^=/, '').split(',');
  const hcas = variable === 'UCX_NET_DEVICES' ? names.filter((name) => name.includes(':')) : names;
  return [...new Set(hcas.map((name) => name.split(':')[0] ?? '').filter((name) => name !== ''))];
}
