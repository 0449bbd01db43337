// SPDX-License-Identifier: Apache-2.0
export interface Mutation {
  readonly failure: string;
  readonly change: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly rebuilds?: boolean;
}
export const mutations: readonly Mutation[];
