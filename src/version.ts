// SPDX-License-Identifier: Apache-2.0

/** Defined by scripts/build.mjs; undefined when the source runs unbundled. */
declare const BUILD: { readonly version: string; readonly commit: string; readonly date: string } | undefined;

/** The source of this build. `date` is the date of the commit, so that equal sources give equal programs. */
export const build = typeof BUILD === 'undefined' ? { version: '0.0.0', commit: 'none', date: 'unknown' } : BUILD;

/** Returns the version in upstream's format. */
export function versionLine(): string {
  return `rdma-shared-dp version:${build.version}, commit:${build.commit}, date:${build.date}`;
}
