// SPDX-License-Identifier: Apache-2.0
import { longestUpdateInterval, settingsDefaults } from './document.ts';
import type { HealthDocument, ResourceDocument } from './document.ts';
import type { SettingsFindings } from './findings.ts';
import type { HealthSettings } from './settings.ts';
import { printableString } from '../text/printable.ts';

/** Judges `health` of a resource, which stands at `path`; null where anything is wrong with it. */
export function validateHealth(
  { health = {} }: ResourceDocument,
  path: string,
  isUnreadable: (path: string) => boolean,
  findings: SettingsFindings,
): HealthSettings | null {
  const linkDown = validateLinkDown(health.linkDown ?? settingsDefaults.health.linkDown, `${path}.linkDown`, findings);
  const seconds = (['holdDownSeconds', 'forgetAfterSeconds'] as const).map((key) =>
    validateSeconds(health, key, path, findings),
  );
  const [holdDownSeconds = null, forgetAfterSeconds = null] = seconds;
  const unreadable = ['', '.linkDown', '.holdDownSeconds', '.forgetAfterSeconds'].some((key) =>
    isUnreadable(`${path}${key}`),
  );
  if (unreadable || linkDown === null || holdDownSeconds === null || forgetAfterSeconds === null) return null;
  return Object.freeze({ linkDown, holdDownSeconds, forgetAfterSeconds });
}

function validateLinkDown(word: string, path: string, findings: SettingsFindings): HealthSettings['linkDown'] | null {
  if (word === 'ignore' || word === 'unhealthy') return word;
  findings.refuse({
    code: 'CONFIG_LINK_DOWN_UNKNOWN',
    path,
    found: `is ${printableString(word)}`,
    allowed: 'it must be "ignore" or "unhealthy"',
    remedy: 'Write "unhealthy" to hold back shares of an HCA none of whose ports is up, or leave the key out.',
  });
  return null;
}

function validateSeconds(
  health: HealthDocument,
  key: 'holdDownSeconds' | 'forgetAfterSeconds',
  path: string,
  findings: SettingsFindings,
): number | null {
  const seconds = health[key] ?? settingsDefaults.health[key];
  if (seconds >= 0 && seconds <= longestUpdateInterval) return seconds;
  findings.refuse({
    code: 'CONFIG_HEALTH_TIME_OUT_OF_RANGE',
    path: `${path}.${key}`,
    found: `is ${seconds}`,
    allowed: `it must be a number of seconds from 0 to ${longestUpdateInterval}`,
    remedy: `Write a number in that range, or leave the key out for ${settingsDefaults.health[key]}.`,
  });
  return null;
}
