// SPDX-License-Identifier: Apache-2.0

/** A defect of the program that the campaign must find. */
export interface Defect {
  readonly defect: string;
  /** Changes to the source. Each `find` occurs exactly once in its file. */
  readonly changes: readonly { readonly file: string; readonly find: string; readonly replace: string }[];
  /** The faults that show the defect, by words of their names. */
  readonly only: readonly string[];
  readonly seed: number;
  /** The invariant that does not hold, in the words of the report. */
  readonly violation: RegExp;
}

const identity = 'src/domain/hca/identity.ts';

export const defects: readonly Defect[] = [
  {
    defect: 'names shares after the lowest GUID of a function, whatever it named them before',
    changes: [
      { file: identity, find: 'recognize(before.known, hcas)', replace: 'recognize([], hcas)' },
      { file: identity, find: 'new Set(before.known.map(({ identity }) => identity))', replace: 'new Set<string>()' },
    ],
    only: ['sibling', 'HCA added'],
    seed: 1,
    violation: /healthy shares are .*, expected/,
  },
  {
    defect: 'takes the name of an HCA for stronger evidence than its GUID',
    changes: [
      {
        file: identity,
        find: '({ place, guid }) => `${place}\\n${guid}`,',
        replace: '({ place, name }) => `${place}\\n${name}`, ({ place, guid }) => `${place}\\n${guid}`,',
      },
    ],
    only: ['sibling', 'driver reloaded', 'one resource changed'],
    seed: 1,
    violation: /healthy shares are .*, expected|a pod that requests .* expected/,
  },
  {
    defect: 'forgets a netdev that moves to another namespace',
    changes: [
      {
        file: 'src/domain/hca/netdev-memory.ts',
        find: 'return hcas.map((hca) => recallNetdevsOf(hca, hcaBefore(hca), reused));',
        replace: 'return hcas;',
      },
    ],
    only: ['netdev', 'settings changed'],
    seed: 5,
    violation: /healthy shares are .*, expected/,
  },
  {
    defect: 'gives an HCA the netdevs of another HCA with the same port GUID',
    changes: [
      {
        file: 'src/adapters/discovery/sysfs/netdevs.ts',
        find: 'pciDirectory === parent.pciDirectory;',
        replace: 'true;',
      },
    ],
    only: ['HCA added', 'settings changed'],
    seed: 4,
    violation: /healthy shares are .*, expected|CDI specs/,
  },
  {
    defect: 'spreads shares with allocationPolicy: pack',
    changes: [{ file: 'src/domain/grant/preferred-shares.ts', find: "'pack' ? -1 : 1", replace: "'pack' ? 1 : 1" }],
    only: ['settings changed'],
    seed: 1,
    violation: /two pods got shares of .* with pack/,
  },
  {
    defect: 'ignores maxSharesPerContainer',
    changes: [
      {
        file: 'src/domain/grant/grant.ts',
        find: 'limit === null || requested <= limit',
        replace: 'limit === null || requested > 0',
      },
    ],
    only: ['settings changed'],
    seed: 1,
    violation: /a pod got \d+ shares of .*, at most \d+ for a container/,
  },
  {
    defect: 'does not change the grants of a list that stays the same',
    changes: [
      {
        file: 'src/adapters/kubelet/serving/resource-answers.ts',
        find: 'isListChanged || !sameGrants(before, offer)',
        replace: 'isListChanged',
      },
    ],
    only: ['HCA', 'device nodes', 'driver reloaded'],
    seed: 1,
    violation: /a pod that requests .* got .*, expected/,
  },
];
