// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { settingsProblem } from '#domain/settings/validation/findings.ts';
import { printableText } from '#domain/text/printable.ts';
import type { ConfigNode } from '../document/document.ts';

/** Returns the problem of a document that is a Kubernetes object, and says where in it the settings are. */
export function kubernetesObjectProblem(root: ConfigNode): Problem | null {
  const kind = textOf(memberOf(root, 'kind'));
  if (kind === null || textOf(memberOf(root, 'apiVersion')) === null || hasSettings(root)) return null;
  const place = placeOfSettings(kind, root);
  return settingsProblem({
    code: 'CONFIG_KUBERNETES_OBJECT',
    path: 'document',
    found: `is a Kubernetes object: this is a ${printableText(kind)}`,
    allowed: `the settings are ${place === null ? 'a document with configList' : `in ${place}`}`,
    remedy: `Use ${place === null ? 'a document with configList' : `the text of ${place}`} as the settings.`,
  });
}

/** Keys of the settings match regardless of case. */
function hasSettings(root: ConfigNode): boolean {
  return root.kind === 'object' && root.members.some(({ key }) => /^(?:configList|nodes)$/i.test(key));
}

function placeOfSettings(kind: string, root: ConfigNode): string | null {
  if (kind === 'NicClusterPolicy') return 'spec.rdmaSharedDevicePlugin.config';
  const data = kind === 'ConfigMap' ? memberOf(root, 'data') : null;
  const keys = data?.kind === 'object' ? data.members.map(({ key }) => key) : [];
  const key = keys.find((one) => /\.(?:json|ya?ml)$/i.test(one)) ?? keys[0];
  return key === undefined ? null : `data.${printableText(key)}`;
}

function memberOf(node: ConfigNode, key: string): ConfigNode | null {
  return node.kind === 'object' ? (node.members.findLast((member) => member.key === key)?.value ?? null) : null;
}

function textOf(node: ConfigNode | null): string | null {
  return node?.kind === 'string' ? node.value : null;
}
