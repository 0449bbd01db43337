// SPDX-License-Identifier: Apache-2.0

/** A right in one namespace. `rule` is one rule of a Role, as YAML in one line without double quotes, which a log would escape. */
export interface MissingRight {
  /** Of the Role and of the RoleBinding. */
  readonly name: string;
  readonly namespace: string;
  readonly rule: string;
}

/**
 * A Role and its RoleBinding, as YAML in one line that `kubectl apply -f -` takes: without the tag it would take text that
 * begins with a brace for JSON. Whom they are for stands in the API server's refusal: it
 * names users as `system:serviceaccount:NAMESPACE:NAME` (apiserver, serviceaccount.MakeUsername).
 */
export function grantOf({ name, namespace, rule }: MissingRight, refusal: string): string {
  const metadata = `{name: ${name}, namespace: ${namespace}}`;
  const api = 'apiVersion: rbac.authorization.k8s.io/v1';
  const role = `{${api}, kind: Role, metadata: ${metadata}, rules: [${rule}]}`;
  const binding = `{${api}, kind: RoleBinding, metadata: ${metadata}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${name}}, subjects: [${subjectOf(refusal)}]}`;
  return `!!map {apiVersion: v1, kind: List, items: [${role}, ${binding}]}`;
}

function subjectOf(refusal: string): string {
  const [, namespace, account] = /system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)/.exec(refusal) ?? [];
  if (namespace !== undefined && account !== undefined)
    return `{kind: ServiceAccount, name: ${quoted(account)}, namespace: ${quoted(namespace)}}`;
  const [, user = 'USER'] = /User "([^"]+)"/.exec(refusal) ?? [];
  return `{kind: User, name: ${quoted(user)}, apiGroup: rbac.authorization.k8s.io}`;
}

/** A text as YAML would not read it as anything else. */
export function quoted(text: string): string {
  return /^[a-z][a-z0-9.-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/.test(text)
    ? text
    : `'${text.replaceAll("'", "''")}'`;
}
