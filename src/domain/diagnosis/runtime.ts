// SPDX-License-Identifier: Apache-2.0
import { type Finding, good, warning } from './finding.ts';
import { enoughBytes, memoryText } from './memory-lock.ts';

/** The container runtime and the cgroups of a node. */
export interface RuntimeSurvey {
  /** The processes that start containers. `memoryLock` is a limit in bytes; null if it is unknown. */
  readonly runtimes: readonly { readonly name: string; readonly memoryLock: number | null }[];
  /** Whether cgroups can limit RDMA objects (the controller `rdma` of cgroup v2). Null if it is unknown. */
  readonly hasRdmaController: boolean | null;
}

/** Judges what containers inherit. In a pod, the processes of the host are not seen, and nothing is said of them. */
export function runtimeFindings({ runtimes, hasRdmaController }: RuntimeSurvey): readonly Finding[] {
  const limits = runtimes.flatMap(({ name, memoryLock }) => (memoryLock === null ? [] : [{ name, memoryLock }]));
  return [
    ...limits.map(({ name, memoryLock }) =>
      memoryLock >= enoughBytes
        ? good('pods', `The limit of locked memory of ${name}, and so of its containers, is ${memoryText(memoryLock)}.`)
        : warning(
            'pods',
            `The limit of locked memory of ${name}, and so of its containers, is ${memoryText(memoryLock)}.`,
            `Set LimitMEMLOCK=infinity in the systemd unit of ${name}, and restart it.`,
          ),
    ),
    ...(hasRdmaController === true ? [good('pods', 'Cgroups can limit the RDMA objects of a container.')] : []),
  ];
}
