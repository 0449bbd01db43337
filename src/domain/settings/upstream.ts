// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '../problem/problem.ts';
import { type ClusterSettings, type ResourceSettings, selectorFields, settingsDefaults } from './settings.ts';

/** Settings as this program reads them, and how they are written. */
export interface WrittenSettings {
  readonly settings: ClusterSettings;
  /** Whether they are JSON: upstream reads nothing else. */
  readonly isJson: boolean;
  readonly warnings: readonly Problem[];
}

/**
 * Returns what Mellanox/k8s-rdma-shared-dev-plugin would do differently with settings that are valid here, as one
 * sentence each: first why it would not start, then what it would offer else (its pkg/resources at 410b0f3).
 */
export function upstreamDifferences({ settings, isJson, warnings }: WrittenSettings): readonly string[] {
  const { resources } = settings;
  const fatal = [
    ...(isJson ? [] : ['It would exit: it reads JSON only.']),
    ...warnings
      .filter(({ code }) => code === 'CONFIG_STRING_NOT_LIST')
      .map(({ subject }) => `It would exit: ${subject} must be a list.`),
    ...resources.flatMap(fatalNames),
    ...duplicateNames(resources),
    ...resources.flatMap(({ name, selectors }) =>
      selectors.length > 1 ? [`It would exit: the selectors of ${name} must be one object.`] : [],
    ),
  ];
  return [
    ...fatal,
    ...ignoredAtTheTop(settings),
    ...resources.flatMap(ignoredKeys),
    ...warnings
      .filter(({ code }) => code === 'CONFIG_SELECTOR_NORMALIZED')
      .map(({ subject }) => `It would match nothing with ${subject} as it is written.`),
    ...resources.flatMap(narrowerSelectors),
    ...(resources.length > 0 ? ['It would offer only HCAs that have the nodes umad and rdma_cm beside uverbs.'] : []),
    ...(resources.length > 0 && !settings.setLinksUp
      ? ['It would bring up the links of the HCAs that it selects.']
      : []),
  ];
}

function localName({ name }: ResourceSettings): string {
  return name.slice(name.indexOf('/') + 1);
}

function fatalNames(resource: ResourceSettings): readonly string[] {
  if (resource.nameTemplate !== null) return [`It would exit: ${resource.name} has no resourceName.`];
  return /^[A-Za-z0-9_]+$/.test(localName(resource))
    ? []
    : [`It would exit: ${localName(resource)} may have letters, digits and underscores only.`];
}

function duplicateNames(resources: readonly ResourceSettings[]): readonly string[] {
  const names = resources.map(localName);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `It would exit: two resources have the resourceName ${name}, whatever their prefix.`);
}

function ignoredAtTheTop({ nodes, setLinksUp }: ClusterSettings): readonly string[] {
  const keys = [...(nodes.length > 0 ? ['nodes'] : []), ...(setLinksUp ? ['setLinksUp'] : [])];
  return keys.map((key) => `It would ignore ${key}.`);
}

function ignoredKeys(resource: ResourceSettings): readonly string[] {
  const plain = settingsDefaults.resource;
  const keys = [
    ...(resource.sharing === plain.sharing ? [] : ['sharing']),
    ...(resource.topology === plain.topology ? [] : ['topology']),
    ...(resource.allocationPolicy === plain.allocationPolicy ? [] : ['allocationPolicy']),
    ...(resource.maxSharesPerContainer === null ? [] : ['maxSharesPerContainer']),
    ...(resource.env === plain.env ? [] : ['env']),
    ...(resource.exclude.length === 0 ? [] : ['exclude']),
    ...(JSON.stringify(resource.health) === JSON.stringify(settingsDefaults.health) ? [] : ['health']),
    ...(JSON.stringify(resource.deviceNodes) === JSON.stringify(settingsDefaults.deviceNodes) ? [] : ['deviceNodes']),
  ];
  const pool = resource.sharing === 'device' ? ': a share would give all HCAs of the resource' : '';
  return keys.length === 0 ? [] : [`It would ignore ${keys.join(', ')} of ${resource.name}${pool}.`];
}

const upstreamFields: ReadonlySet<string> = new Set(['vendors', 'deviceIDs', 'drivers', 'ifNames', 'linkTypes']);

function narrowerSelectors({ name, selectors }: ResourceSettings): readonly string[] {
  const used = selectorFields.filter((field) => selectors.some((selector) => selector[field].length > 0));
  const own = used.filter((field) => !upstreamFields.has(field));
  const patterns = used.filter(
    (field) => upstreamFields.has(field) && selectors.some((one) => one[field].some((entry) => /[*?[]/.test(entry))),
  );
  const first = used.filter((field) => field === 'ifNames' || field === 'linkTypes');
  return [
    ...own.map((field) => `It would ignore ${field} in the selectors of ${name}, and so select more HCAs.`),
    ...patterns.map((field) => `It would take the patterns in ${field} of ${name} for names, and match nothing.`),
    ...first.map((field) => `It would compare ${field} of ${name} with the first network interface of an HCA only.`),
  ];
}
