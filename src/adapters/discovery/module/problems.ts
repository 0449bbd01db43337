// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';

const maxCauseLength = 300;

/** Third-party text in a form that fits into a sentence of this program. */
function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim().replace(/[.:]$/, '');
  return line.length > maxCauseLength ? `${line.slice(0, maxCauseLength)}…` : line;
}

/** Returns the message of a stack, with the first place in the module: `no such card (/opt/acme.mjs:12:9)`. */
function causeOf(text: string): string {
  const [first = '', ...frames] = text.split(/\n\s*at /);
  const place = frames
    .map((frame) => /\(?((?:file:\/\/)?\/[^()]*:\d+:\d+)\)?$/.exec(frame.trim())?.[1])
    .find(isOfModule);
  const message = oneLine(first.replace(/^(Uncaught )?Error: /, ''));
  return place === undefined ? message : `${message} (${place.replace('file://', '')})`;
}

function isOfModule(place: string | undefined): boolean {
  return place !== undefined && !place.includes('node:');
}

const lastAnswer = 'Its last valid answer stands for 5 minutes.';

/** `cause` is a message or a stack. */
export function moduleFailed(specifier: string, step: string, cause: string): Problem {
  const isImport = step === 'import';
  return createProblem(isImport ? 'DISCOVERY_MODULE_NOT_LOADED' : 'DISCOVERY_MODULE_FAILED', {
    subject: specifier,
    message: `Discovery module ${specifier} failed at ${step}: ${causeOf(cause)}.`,
    remedy: isImport
      ? 'Check --discovery-module: the path of a file begins with / or ./, a package is resolved from the current ' +
        'directory, and the module must export createDiscovery.'
      : `Fix the module, or remove it from --discovery-module. ${lastAnswer} It is retried automatically.`,
  });
}

export function moduleInvalid(specifier: string, fault: string): Problem {
  return createProblem('DISCOVERY_MODULE_INVALID_INVENTORY', {
    subject: specifier,
    message: `Discovery module ${specifier} returned an invalid inventory: ${oneLine(fault)}.`,
    remedy:
      'Fix the module; the contract suite of rdma-shared-device-plugin/testing checks it. ' +
      `Or remove it from --discovery-module. ${lastAnswer}`,
  });
}

export function moduleTimeout(specifier: string, deadlineMs: number): Problem {
  return createProblem('DISCOVERY_MODULE_TIMEOUT', {
    subject: specifier,
    message:
      `Discovery module ${specifier} has not answered within ${deadlineMs / 1000} s, ` +
      'so its HCAs are not offered until it does.',
    remedy:
      'Make its scan faster, for example by scanning in advance and answering from memory, ' +
      'or remove it from --discovery-module.',
  });
}
