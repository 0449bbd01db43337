// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import type { Conversion } from './conversion.ts';

const texts = v.fallback(v.array(v.string()), []);

/** The keys of k8snetworkplumbingwg/sriov-network-device-plugin that mean something here (its README, "Config"). */
const selectors = v.looseObject({
  vendors: v.optional(texts),
  devices: v.optional(texts),
  drivers: v.optional(texts),
  pciAddresses: v.optional(texts),
  pfNames: v.optional(texts),
  rootDevices: v.optional(texts),
  linkTypes: v.optional(texts),
  isRdma: v.optional(v.fallback(v.boolean(), false)),
});

const resource = v.looseObject({
  resourceName: v.string(),
  resourcePrefix: v.optional(v.string()),
  deviceType: v.optional(v.string()),
  excludeTopology: v.optional(v.fallback(v.boolean(), false)),
  selectors: v.optional(v.union([v.array(selectors), selectors])),
});

const document = v.looseObject({ resourceList: v.array(resource) });

type SriovResource = v.InferOutput<typeof resource>;
type SriovSelectors = v.InferOutput<typeof selectors>;

/** The prefix that the plugin adds by default (its flag `-resource-prefix`). */
const defaultPrefix = 'intel.com';

/** Whether a parsed document is a configuration of the SR-IOV network device plugin. */
export function isSriovDocument(parsed: unknown): boolean {
  return typeof parsed === 'object' && parsed !== null && 'resourceList' in parsed;
}

/** Converts such a document. Returns the problem if it has another form. */
export function convertSriov(name: string, parsed: unknown): Conversion | Problem {
  const result = v.safeParse(document, parsed);
  if (!result.success) return malformed(name, result.issues[0]);
  const converted = result.output.resourceList.map(convertResource);
  return {
    settings: { configList: converted.flatMap(({ resource: one }) => (one === null ? [] : [one])) },
    notes: [deviceNote, ...converted.flatMap(({ notes }) => notes)],
  };
}

const deviceNote =
  'The SR-IOV plugin gives a pod a whole network device, which a CNI moves into it. This program gives only the RDMA ' +
  'device nodes, and pods need a network interface of the HCA by other means for RoCE.';

function convertResource(written: SriovResource): {
  readonly resource: object | null;
  readonly notes: readonly string[];
} {
  const { resourceName, resourcePrefix = defaultPrefix, deviceType = 'netDevice', excludeTopology } = written;
  const name = `${resourcePrefix}/${resourceName}`;
  const leftOut = (reason: string) => ({ resource: null, notes: [`${name} is left out: ${reason}.`] });
  if (deviceType !== 'netDevice') return leftOut(`devices of type ${deviceType} are not network functions`);
  const all = [written.selectors ?? []].flat();
  const rdma = all.filter(({ isRdma }) => isRdma === true);
  if (rdma.length === 0) return leftOut('its selectors do not ask for isRdma, so its devices are not for RDMA');
  const converted = rdma.map((one) => convertSelectors(name, one));
  const kept = converted.flatMap(({ selectors: one }) => (Object.keys(one).length === 0 ? [] : [one]));
  const notes = converted.flatMap((one) => one.notes);
  if (kept.length === 0) return { resource: null, notes: [...notes, `${name} is left out: no selector remains.`] };
  return {
    resource: {
      resourcePrefix,
      resourceName,
      rdmaHcaMax: 1,
      sharing: 'device',
      ...(excludeTopology === true && { topology: false }),
      env: true,
      selectors: kept.length === 1 ? kept[0] : kept,
    },
    notes,
  };
}

/** Keys that are carried over, with their names here. */
const carried = [
  ['vendors', 'vendors'],
  ['devices', 'deviceIDs'],
  ['drivers', 'drivers'],
  ['pciAddresses', 'pciAddresses'],
  ['linkTypes', 'linkTypes'],
] as const;

function convertSelectors(
  name: string,
  written: SriovSelectors,
): { readonly selectors: Readonly<Record<string, readonly string[]>>; readonly notes: readonly string[] } {
  const pairs = carried.flatMap(([key, here]) => {
    const values = written[key] ?? [];
    return values.length > 0 ? [[here, values] as const] : [];
  });
  const functions = written.pfNames ?? [];
  // `ens1f0#0-3` means the virtual functions 0 to 3 of the physical function.
  const names = [...new Set(functions.map((text) => text.split('#')[0] ?? ''))];
  return {
    selectors: Object.fromEntries([...pairs, ...(names.length > 0 ? [['ifNames', names] as const] : [])]),
    notes: [
      ...(names.length > 0
        ? [
            `${name}: ifNames selects the physical functions of pfNames, not their virtual functions; ` +
              'list those as pciAddresses.',
          ]
        : []),
      ...(written.rootDevices ?? []).map(
        (address) => `${name}: rootDevices ${address} is dropped; list its virtual functions as pciAddresses.`,
      ),
      ...Object.keys(written)
        .filter((key) => !known.has(key))
        .map((key) => `${name}: ${key} has no counterpart and is dropped.`),
    ],
  };
}

const known = new Set<string>([...carried.map(([key]) => key), 'pfNames', 'rootDevices', 'isRdma']);

function malformed(name: string, issue: v.BaseIssue<unknown>): Problem {
  const path = issue.path?.map(({ key }) => String(key)).join('.') ?? 'resourceList';
  return createProblem('CONVERT_FORM_UNKNOWN', {
    subject: name,
    message: `${name}: ${path} is ${issue.received}, expected ${issue.expected ?? 'something else'}.`,
    remedy: 'Give a configuration of the SR-IOV network device plugin, or one of upstream.',
  });
}
