// SPDX-License-Identifier: Apache-2.0
import type { Problem, ProblemError } from '#domain/problem/problem.ts';
import type { ApiClient, ApiResponse, OpenWatch } from '../api/client.ts';
import { type ApiFailure, failureOfError, failureOfResponse } from '../api/failure.ts';
import { type Observation, type VersionedObservation, versionOf } from './observation.ts';
import { type ConfigMapName, configMapForbidden, configMapMissing } from './problems.ts';
import { valueOf } from './value.ts';

export interface WatchRequest {
  readonly timeoutSeconds: number;
  /** The version to resume from; null for a watch that begins with the object. */
  readonly resumeFrom: string | null;
  readonly idleMs: number;
  readonly onEvent: (event: unknown) => void;
}

/** The requests for one ConfigMap, and what their responses mean for the settings. */
export class ConfigMapClient {
  /** `key` is null for the default keys. */
  constructor(
    private readonly api: ApiClient,
    private readonly configMap: ConfigMapName,
    private readonly key: string | null,
  ) {}

  async get(): Promise<VersionedObservation> {
    try {
      const response = await this.api.get(`${this.path}/${encodeURIComponent(this.configMap.name)}`);
      return response.status === 200
        ? { observation: this.observeObject(response.body), version: versionOf(response.body) }
        : { observation: this.observeFailure(response), version: null };
    } catch (error) {
      return { observation: { value: null, ...failureOfError(error, this.api.server) }, version: null };
    }
  }

  /**
   * Opens a watch. Resolves to the response if it is not a watch; rejects with a ProblemError if no server responds.
   */
  async watch({ timeoutSeconds, resumeFrom, idleMs, onEvent }: WatchRequest): Promise<OpenWatch | ApiResponse> {
    const query = new URLSearchParams({
      watch: '1',
      fieldSelector: `metadata.name=${this.configMap.name}`,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(timeoutSeconds),
      ...(resumeFrom === null ? {} : { resourceVersion: resumeFrom }),
    });
    return await this.api.watch(`${this.path}?${query.toString()}`, idleMs, onEvent);
  }

  /** `object` is a ConfigMap of the API, or null if it was deleted. */
  observeObject(object: unknown): Observation {
    if (object === null) return { value: null, problem: configMapMissing(this.configMap), unreachable: false };
    const reading = valueOf(object, this.configMap, this.key);
    return reading.value === null ? { ...reading, unreachable: false } : reading;
  }

  /** `failure` is a response with a status other than 200, or the error of a call that got no response. */
  observeFailure(failure: ApiResponse | ProblemError): Observation {
    return {
      value: null,
      ...('status' in failure ? this.failureOf(failure) : failureOfError(failure, this.api.server)),
    };
  }

  problemOf(response: ApiResponse): Problem {
    return this.failureOf(response).problem;
  }

  private failureOf(response: ApiResponse): ApiFailure {
    return failureOfResponse(response, this.api.server, {
      forbidden: (reason) => configMapForbidden(this.configMap, reason),
      missing: () => configMapMissing(this.configMap),
    });
  }

  private get path(): string {
    return `/api/v1/namespaces/${encodeURIComponent(this.configMap.namespace)}/configmaps`;
  }
}
