// SPDX-License-Identifier: Apache-2.0
export const apiServerVersion: string;
export const directoryOfApiServer: string;
