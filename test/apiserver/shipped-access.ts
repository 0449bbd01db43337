// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type InferOutput, array, looseObject, optional, parse, string, unknown } from 'valibot';
import { parseAllDocuments, parse as parseYaml } from 'yaml';

const objectShape = looseObject({
  apiVersion: string(),
  kind: string(),
  metadata: looseObject({ name: string(), namespace: optional(string()) }),
});
const componentShape = looseObject({ patches: array(looseObject({ patch: string() })) });
const patchShape = array(looseObject({ op: string(), path: string(), value: optional(unknown()) }));

export type ApiObject = InferOutput<typeof objectShape>;

function textOf(component: string, file: string): string {
  return readFileSync(
    fileURLToPath(new URL(`../../deploy/kustomize/components/${component}/${file}`, import.meta.url)),
    'utf8',
  );
}

/** Returns the objects with which a component of deploy/ grants its permissions. */
export function accessOf(component: string): readonly ApiObject[] {
  return parseAllDocuments(textOf(component, 'access.yaml')).map((document) => parse(objectShape, document.toJS()));
}

/** Returns the arguments that a component of deploy/ adds to those of the program. */
export function argumentsOf(component: string): readonly string[] {
  const { patches } = parse(componentShape, parseYaml(textOf(component, 'kustomization.yaml')));
  const steps = patches.flatMap(({ patch }) => parse(patchShape, parseYaml(patch)));
  return steps
    .filter(({ op, path }) => op === 'add' && path.endsWith('/args/-'))
    .map(({ value }) => parse(string(), value));
}

/** Returns the API path at which objects of that kind are created. */
export function collectionOf({ apiVersion, kind, metadata: { namespace } }: ApiObject): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${group}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}s`;
}
