// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '../collections/group-by.ts';
import type { ShareSeries } from './share.ts';

/** Where a share is: its series, and its slot. */
export interface ShareLocation {
  readonly series: ShareSeries;
  readonly slot: number;
}

/** Finds shares by their IDs in the series of a resource. */
export class SharesById {
  private readonly byPrefix: ReadonlyMap<string, readonly ShareSeries[]>;

  constructor(series: readonly ShareSeries[]) {
    this.byPrefix = groupBy(series, ({ idPrefix }) => idPrefix);
  }

  /** Returns null if no share has the ID, which can be any text. */
  find(id: string): ShareLocation | null {
    const digits = slotStart(id);
    if (digits === id.length) return null;
    const slot = Number(id.slice(digits));
    const series = this.byPrefix
      .get(id.slice(0, digits))
      ?.find(({ first, count }) => slot >= first && slot < first + count);
    return series === undefined ? null : { series, slot };
  }
}

/** Returns where the number at the end of an ID begins. A slot has no leading zeros. */
function slotStart(id: string): number {
  let start = id.length;
  while (start > 0 && isDigit(id.charCodeAt(start - 1))) start -= 1;
  while (start < id.length - 1 && id.charAt(start) === '0') start += 1;
  return start;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
