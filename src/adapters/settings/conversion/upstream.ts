// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { type Problem, hasCode } from '#domain/problem/problem.ts';
import {
  type ClusterSettings,
  type ResourceSettings,
  type Selector,
  type SelectorField,
  selectorFields,
  settingsDefaults,
} from '#domain/settings/settings.ts';
import type { Conversion } from './conversion.ts';

/**
 * Writes settings in the plainest form that means the same: what is the default is left out, `devices` become
 * `ifNames`, and entries of selectors have the kernel's form. `warnings` are those of reading the settings.
 */
export function convertUpstream(settings: ClusterSettings, warnings: readonly Problem[]): Conversion {
  const { periodicUpdateInterval, setLinksUp, resources, rejected } = settings;
  const defaults = settingsDefaults.node;
  return {
    settings: {
      ...(periodicUpdateInterval !== defaults.periodicUpdateInterval && { periodicUpdateInterval }),
      ...(setLinksUp !== defaults.setLinksUp && { setLinksUp }),
      configList: resources.map(plainResource),
    },
    notes: [
      // What is deprecated is written the new way.
      ...warnings.filter((warning) => !hasCode(warning, 'CONFIG_DEVICES_DEPRECATED')).map(({ message }) => message),
      ...rejected.flatMap(({ name, problems }) =>
        problems.map(({ message }) => `${name} is left out, because the kubelet would reject it: ${message}`),
      ),
      ...(setLinksUp ? [] : [linksNote]),
    ],
  };
}

const linksNote =
  'Upstream brings up the links of the HCAs that it selects. To keep that, set setLinksUp: true and use the ' +
  'component set-links-up of the manifests.';

function plainResource(resource: ResourceSettings): object {
  const [prefix = '', ...rest] = resource.name.split('/');
  const name = rest.join('/');
  const { health, deviceNodes } = settingsDefaults;
  const plain = Object.entries(settingsDefaults.resource).filter(
    ([key]) => key !== 'rdmaHcaMax' && !isDeepStrictEqual(resource[keyOf(key)], settingsDefaults.resource[keyOf(key)]),
  );
  return {
    ...(prefix !== settingsDefaults.resourcePrefix && { resourcePrefix: prefix }),
    [resource.nameTemplate === null ? 'resourceName' : 'resourceNameTemplate']: name,
    rdmaHcaMax: resource.rdmaHcaMax,
    ...Object.fromEntries(plain.map(([key]) => [key, resource[keyOf(key)]])),
    selectors: plainSelectors(resource.selectors),
    ...(resource.exclude.length > 0 && { exclude: plainSelectors(resource.exclude) }),
    ...(!isDeepStrictEqual(resource.health, health) && { health: resource.health }),
    ...(!isDeepStrictEqual(resource.deviceNodes, deviceNodes) && { deviceNodes: resource.deviceNodes }),
  };
}

type PlainKey = keyof typeof settingsDefaults.resource;

function keyOf(key: string): PlainKey {
  const known = plainKeys.find((one) => one === key);
  if (known === undefined) throw new Error(`${key} is not a key of a resource`);
  return known;
}

const plainKeys: readonly PlainKey[] = [
  'rdmaHcaMax',
  'sharing',
  'topology',
  'allocationPolicy',
  'maxSharesPerContainer',
  'env',
];

function valuesOf(field: SelectorField, selector: Selector): readonly (string | number)[] {
  return field === 'numaNodes' ? selector[field].map(Number) : selector[field];
}

/** One object where one is enough, as upstream reads it. */
function plainSelectors(selectors: readonly Selector[]): object {
  const plain = selectors.map((selector) =>
    Object.fromEntries(
      selectorFields.flatMap((field) => (selector[field].length > 0 ? [[field, valuesOf(field, selector)]] : [])),
    ),
  );
  return plain.length === 1 ? (plain[0] ?? {}) : plain;
}
