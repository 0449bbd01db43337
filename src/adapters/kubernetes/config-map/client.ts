// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { ApiClient, ApiResponse } from '../api/client.ts';
import type { EventStream, EventStreamOptions } from '../api/event-stream.ts';
import { problemOfError, problemOfResponse } from '../api/failure.ts';
import { member } from '../api/json.ts';
import { type ConfigMapName, configMapForbidden, configMapMissing } from './problems.ts';
import { type ValueReading, valueOf } from './value.ts';

/** What the API last said about the ConfigMap. `version` is the resourceVersion of the object; null if it has none. */
export type Observation = ValueReading & { readonly version: string | null };

export interface WatchRequest extends EventStreamOptions {
  readonly timeoutSeconds: number;
  /** The version to resume from; null for a watch that begins with the object. */
  readonly resumeFrom: string | null;
}

/** The requests for one ConfigMap, and what their responses mean for the settings. */
export class ConfigMapClient {
  /** `key` is null for the default keys. */
  constructor(
    private readonly api: ApiClient,
    private readonly configMap: ConfigMapName,
    private readonly key: string | null,
  ) {}

  async get(): Promise<Observation> {
    try {
      const response = await this.api.get(`${this.path}/${encodeURIComponent(this.configMap.name)}`);
      return response.status === 200 ? this.observeObject(response.body) : withoutValue(this.problemOf(response));
    } catch (error) {
      return withoutValue(problemOfError(error));
    }
  }

  /** Resolves to the response if it is not a watch. Rejects with a ProblemError if no server responds. */
  async watch({ timeoutSeconds, resumeFrom, ...options }: WatchRequest): Promise<EventStream | ApiResponse> {
    const query = new URLSearchParams({
      watch: '1',
      fieldSelector: `metadata.name=${this.configMap.name}`,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(timeoutSeconds),
      ...(resumeFrom === null ? {} : { resourceVersion: resumeFrom }),
    });
    return await this.api.watch(`${this.path}?${query.toString()}`, options);
  }

  observeObject(object: unknown): Observation {
    return { ...valueOf(object, this.configMap, this.key), version: versionOf(object) };
  }

  /** `object` is the last state of the object. */
  observeDeletion(object: unknown): Observation {
    return withoutValue(configMapMissing(this.configMap), versionOf(object));
  }

  /** Returns what a response with a status other than 200 means. */
  problemOf(response: ApiResponse): Problem {
    return problemOfResponse(response, this.api.server, {
      forbidden: (reason) => configMapForbidden(this.configMap, reason),
      missing: () => configMapMissing(this.configMap),
    });
  }

  private get path(): string {
    return `/api/v1/namespaces/${encodeURIComponent(this.configMap.namespace)}/configmaps`;
  }
}

export function withoutValue(problem: Problem, version: string | null = null): Observation {
  return { value: null, problem, version };
}

/** Returns the resourceVersion of an object of the API; null if it has none. */
export function versionOf(object: unknown): string | null {
  const version = member(member(object, 'metadata'), 'resourceVersion');
  return typeof version === 'string' && version !== '' ? version : null;
}
