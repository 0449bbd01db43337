// SPDX-License-Identifier: Apache-2.0

/** Put in by the build (scripts/build.mjs); absent where the source runs unbundled. */
declare const BUILD: { readonly version: string; readonly commit: string; readonly date: string } | undefined;

/** What this program was built from. `date` is the commit's, so that equal sources give equal programs. */
export const build = typeof BUILD === 'undefined' ? { version: '0.0.0', commit: 'none', date: 'unknown' } : BUILD;

/** The line in upstream's form, under our name. */
export function versionLine(): string {
  return `rdma-shared-dp version:${build.version}, commit:${build.commit}, date:${build.date}`;
}
