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
const variableShape = looseObject({ name: string(), value: string() });
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

/** Returns the arguments that a component of deploy/ adds to those of the program, variables as flags. */
export function argumentsOf(component: string): readonly string[] {
  const { patches } = parse(componentShape, parseYaml(textOf(component, 'kustomization.yaml')));
  const added = patches.flatMap(({ patch }) => parse(patchShape, parseYaml(patch))).filter(({ op }) => op === 'add');
  const words = added.filter(({ path }) => path.endsWith('/args/-')).map(({ value }) => parse(string(), value));
  const variables = added.filter(({ path }) => path.endsWith('/env/-')).map(({ value }) => parse(variableShape, value));
  return [...words, ...variables.map(({ name, value }) => `${flagOf(name)}=${value}`)];
}

/** `RDMA_DP_CONFIG_MAP` is the variable of `--config-map`. */
function flagOf(variable: string): string {
  return `--${variable
    .replace(/^RDMA_DP_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`;
}

/** Returns the API path at which objects of that kind are created. */
export function collectionOf({ apiVersion, kind, metadata: { namespace } }: ApiObject): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${group}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}s`;
}
