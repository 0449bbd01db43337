// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';

const mountShape = v.looseObject({ name: v.string(), mountPath: v.string(), readOnly: v.optional(v.boolean()) });
const record = v.record(v.string(), v.unknown());
const labels = v.record(v.string(), v.string());
const containerShape = v.looseObject({
  name: v.string(),
  args: v.array(v.string()),
  env: v.array(v.looseObject({ name: v.string(), value: v.optional(v.string()) })),
  securityContext: record,
  volumeMounts: v.array(mountShape),
});
const volumeShape = v.looseObject({ name: v.string(), configMap: v.optional(v.object({ name: v.string() })) });
const daemonSetShape = v.looseObject({
  kind: v.literal('DaemonSet'),
  metadata: v.looseObject({ name: v.string(), namespace: v.string() }),
  spec: v.looseObject({
    selector: v.object({ matchLabels: labels }),
    updateStrategy: v.object({ type: v.literal('RollingUpdate'), rollingUpdate: record }),
    template: v.object({
      metadata: v.object({ labels }),
      spec: v.looseObject({ containers: v.tuple([containerShape]), volumes: v.array(volumeShape) }),
    }),
  }),
});
const configMapShape = v.looseObject({
  kind: v.literal('ConfigMap'),
  metadata: v.looseObject({ name: v.string() }),
  data: labels,
});

/** The parts of a rendered DaemonSet that the tests check. It has one container. */
export interface DaemonSet {
  readonly name: string;
  readonly namespace: string;
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly rollingUpdate: Readonly<Record<string, unknown>>;
  readonly pod: Readonly<Record<string, unknown>>;
  readonly container: v.InferOutput<typeof containerShape>;
  readonly args: readonly string[];
  /** The variables that have a fixed value. */
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly v.InferOutput<typeof mountShape>[];
  readonly volumes: readonly v.InferOutput<typeof volumeShape>[];
  readonly configMapName: string | null;
}

export interface ConfigMap {
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
}

/** Returns the DaemonSets among the objects. Throws if one does not have exactly one container. */
export function daemonSetsIn(objects: readonly unknown[]): readonly DaemonSet[] {
  return objectsOf(objects, 'DaemonSet').map((object) => {
    const { metadata, spec } = v.parse(daemonSetShape, object);
    const [container] = spec.template.spec.containers;
    const { volumes } = spec.template.spec;
    return {
      name: metadata.name,
      namespace: metadata.namespace,
      matchLabels: spec.selector.matchLabels,
      podLabels: spec.template.metadata.labels,
      rollingUpdate: spec.updateStrategy.rollingUpdate,
      pod: spec.template.spec,
      container,
      args: container.args,
      env: Object.fromEntries(container.env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
      mounts: container.volumeMounts,
      volumes,
      configMapName: volumes.find((volume) => volume.configMap !== undefined)?.configMap?.name ?? null,
    };
  });
}

/** Returns the ConfigMaps among the objects. */
export function configMapsIn(objects: readonly unknown[]): readonly ConfigMap[] {
  return objectsOf(objects, 'ConfigMap').map((object) => {
    const { metadata, data } = v.parse(configMapShape, object);
    return { name: metadata.name, data };
  });
}

/** Returns the objects of one kind. */
export function objectsOf(objects: readonly unknown[], kind: string): readonly unknown[] {
  return objects.filter((object) => v.is(v.looseObject({ kind: v.literal(kind) }), object));
}
