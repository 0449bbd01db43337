// SPDX-License-Identifier: Apache-2.0
import type { Output } from '#adapters/cli/command.ts';
import { surveyCdi } from '#adapters/cdi/survey.ts';
import { memoryLockLimit } from '#adapters/diagnosis/memory-lock.ts';
import { surveyRuntime } from '#adapters/diagnosis/runtime.ts';
import type { KubeletDirectories } from '#adapters/kubelet/registration/method.ts';
import { surveyKubelet } from '#adapters/kubelet/sockets/survey.ts';
import { cdiFindings } from '#domain/diagnosis/cdi.ts';
import { type Finding, bad, fromProblem, good } from '#domain/diagnosis/finding.ts';
import { hostFindings } from '#domain/diagnosis/host.ts';
import { kubeletFindings } from '#domain/diagnosis/kubelet.ts';
import { memoryLockFindings } from '#domain/diagnosis/memory-lock.ts';
import { runtimeFindings } from '#domain/diagnosis/runtime.ts';
import { resourceFindings } from '#domain/diagnosis/resources.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { problemsOf } from '#domain/problem/problem.ts';
import { type ExplainedNode, explainNode } from './explain.ts';
import { type Diagnosis, printFindings } from './print/findings.ts';

export interface DoctorParts extends ExplainedNode {
  readonly directories: KubeletDirectories;
  readonly podResourcesSocket: string;
  readonly hostRoot: string;
  /** Null if containers get their device nodes without CDI. */
  readonly cdiDirectory: string | null;
}

/** Looks at this node for `doctor`. Never rejects because of what it finds. */
export async function diagnose(parts: DoctorParts, { format }: Output, isColored: boolean): Promise<Diagnosis> {
  const [host, survey, cdi, memoryLock, runtime] = await Promise.all([
    nodeFindings(parts),
    surveyKubelet(parts.directories, parts.podResourcesSocket),
    parts.cdiDirectory === null ? null : surveyCdi(parts.cdiDirectory),
    memoryLockLimit(),
    surveyRuntime(parts.hostRoot),
  ]);
  const findings = [
    ...host,
    ...kubeletFindings(survey),
    ...cdiFindings(cdi),
    ...memoryLockFindings(memoryLock),
    ...runtimeFindings(runtime),
  ];
  return await printFindings(findings, format, isColored);
}

async function nodeFindings(parts: DoctorParts): Promise<readonly Finding[]> {
  const [reading, scanned] = await Promise.all([parts.settings.read(), scan(parts)]);
  if (!('inventory' in scanned)) return [...scanned.findings, ...settingsFindings(reading)];
  const { inventory } = scanned;
  if (!reading.valid) return [...settingsFindings(reading), ...hostFindings(inventory)];
  const explanation = await explainNode(parts, reading, inventory);
  return [...settingsFindings(reading), ...hostFindings(inventory), ...resourceFindings(explanation)];
}

type Scan = { readonly inventory: Inventory } | { readonly findings: readonly Finding[] };

async function scan({ discovery }: DoctorParts): Promise<Scan> {
  try {
    return { inventory: await discovery.scan() };
  } catch (error) {
    return { findings: problemsOf(error).map((problem) => fromProblem('hcas', 'bad', problem)) };
  }
}

type Reading = Awaited<ReturnType<DoctorParts['settings']['read']>>;

function settingsFindings(reading: Reading): readonly Finding[] {
  const warnings = reading.warnings.map((problem) => fromProblem('settings', 'warning', problem));
  if (!reading.valid)
    return [...reading.problems.map((problem) => fromProblem('settings', 'bad', problem)), ...warnings];
  const count = reading.settings.resources.length;
  const none = 'Check the entries of nodes: none gives this node a resource.';
  return count === 0
    ? [bad('settings', 'The settings give this node no resource.', none), ...warnings]
    : [good('settings', `The settings are valid; this node has ${count} of their resources.`), ...warnings];
}
