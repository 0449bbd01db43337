// SPDX-License-Identifier: Apache-2.0
export const kubeletVersions: readonly string[];
export const containerdVersion: string;
export function directoryOfKubelet(version: string): string;
export function directoryOfContainerd(version: string): string;
