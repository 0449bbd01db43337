// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import { type Problem, ProblemError, createProblem, messageOf } from '#domain/problem/problem.ts';
import { distinct, faultOf, list, matching, oneOf, strictObject } from '../hca-schema.ts';
import { type FakeHcaSpec, type IdleFunctionSpec, hcaSpec, idleFunctionSpec } from './hca-spec.ts';
import type { FakeHardware } from './host.ts';

/** The hardware in a file of fake HCAs; null, with all problems, where the file is invalid. */
export interface FakeHcasReading {
  readonly hardware: FakeHardware | null;
  readonly problems: readonly Problem[];
}

/** Parses a YAML text, synchronously or not. Throws if the text is not YAML. */
export type ParseYaml = (text: string) => unknown;

/** `problems` are in what `discover -o json` prints. */
const fileSchema = strictObject({
  hcas: v.pipe(list(hcaSpec), distinct<FakeHcaSpec>('name')),
  netnsMode: v.optional(v.nullable(oneOf(['shared', 'exclusive'])), 'shared'),
  extraNodes: v.optional(
    list(matching(/^\/dev\/(?!infiniband\/)\S+$/, 'a path under /dev and outside /dev/infiniband')),
    [],
  ),
  idleFunctions: v.optional(v.pipe(list(idleFunctionSpec), distinct<IdleFunctionSpec>('pciAddress')), []),
  problems: v.optional(v.unknown()),
});

/**
 * Parses a file of fake HCAs, which is YAML. JSON is YAML too, so the output of `discover -o json` is such a file.
 *
 *     netnsMode: shared            # or exclusive; the default is shared
 *     extraNodes: [/dev/hfi1_0]    # for deviceNodes.extra of the settings; the default is none
 *     hcas:
 *       - name: mlx5_0             # required; the default is a ConnectX-6 Dx with one active RoCE port and a netdev
 *       - name: mlx5_1
 *         broken: true             # its uverbs node is missing
 *         pciAddress: 0000:3b:00.0 # null: a soft device
 *         vendor: "15b3"           # ids in quotes
 *         deviceId: "101b"
 *         driver: mlx5_core
 *         rdmaDriver: mlx5_ib
 *         functionKind: pf         # or vf
 *         subfunction: 88          # null: not a subfunction
 *         managementOnly: false    # true: an SMI device, without uverbs by design
 *         numaNode: 1              # or null
 *         nodeGuid: 0c42:a103:0065:8a01
 *         ports:
 *           - number: 1
 *             state: DOWN          # the default is ACTIVE
 *             linkLayer: InfiniBand
 *             netdevs: [ib0]
 *         netdevs:                 # names, or objects
 *           - { name: ib0, linkType: infiniband, up: false }
 *         deviceNodes: [uverbs, umad, issm, rdma_cm] # or objects with kind, path, port
 *     idleFunctions:               # PCI functions without an RDMA device; the default is none
 *       - pciAddress: 0000:5e:00.0
 *         cause: no-driver         # or module-not-loaded, not-registered
 *
 * Reports all problems at once. Never rejects.
 */
export async function parseFakeHcas(text: string, parseYaml: ParseYaml): Promise<FakeHcasReading> {
  try {
    return readFile((await parseYaml(text)) ?? null);
  } catch (error) {
    return { hardware: null, problems: error instanceof ProblemError ? error.problems : [notYaml(error)] };
  }
}

function readFile(content: unknown): FakeHcasReading {
  const { success, output, issues } = v.safeParse(fileSchema, content);
  return success ? { hardware: output, problems: [] } : { hardware: null, problems: issues.map(invalid) };
}

/** Ids need quotes, because YAML reads `1e10` and `0x15` as numbers. */
function invalid(issue: v.BaseIssue<unknown>): Problem {
  const { path, fault } = faultOf(issue, '$');
  const needsQuotes = issue.type === 'string' && typeof issue.input === 'number';
  return createProblem('FAKE_HCAS_INVALID', {
    subject: path,
    message: `${path} ${fault}.`,
    remedy: needsQuotes ? 'Write it in quotes.' : 'Correct the file of fake HCAs here.',
  });
}

function notYaml(error: unknown): Problem {
  const cause = messageOf(error).split('\n', 1)[0] ?? '';
  return createProblem('FAKE_HCAS_INVALID', {
    subject: '$',
    message: `The file of fake HCAs is not YAML: ${cause}`,
    remedy: 'Write a YAML object such as: hcas: [{name: mlx5_0}].',
  });
}
