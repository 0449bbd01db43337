// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';

const sentenceMax = 300;

/** What others wrote, as a part of one of our sentences. */
export function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim().replace(/[.:]$/, '');
  return line.length > sentenceMax ? `${line.slice(0, sentenceMax)}…` : line;
}

export function moduleFailed(specifier: string, step: string, cause: string): Problem {
  const atImport = step === 'import';
  return createProblem(atImport ? 'DISCOVERY_MODULE_NOT_LOADED' : 'DISCOVERY_MODULE_FAILED', {
    subject: specifier,
    message: `Discovery module ${specifier} failed at ${step}, so its HCAs are not offered: ${oneLine(cause)}.`,
    remedy: atImport
      ? "Check --discovery-module: a file's path begins with / or ./, a package is looked for from the current directory, and it exports createDiscovery."
      : 'Mend the module, or take it out of --discovery-module; it is tried again at the next look at the host.',
  });
}

export function moduleAnswerWrong(specifier: string, finding: string): Problem {
  return createProblem('DISCOVERY_MODULE_INVALID_INVENTORY', {
    subject: specifier,
    message: `Discovery module ${specifier} gave an inventory that is none, so its HCAs are not offered: ${oneLine(finding)}.`,
    remedy:
      'Mend the module, with the contract of rdma-shared-device-plugin/testing, or take it out of --discovery-module.',
  });
}

export function moduleSlow(specifier: string, waitMs: number): Problem {
  return createProblem('DISCOVERY_MODULE_TIMEOUT', {
    subject: specifier,
    message: `Discovery module ${specifier} has not answered within ${waitMs / 1000} s, so its HCAs are not offered until it does.`,
    remedy:
      'Make its scan faster, for example by looking beforehand and answering from memory, or take it out of --discovery-module.',
  });
}

export function seenTwice(hca: string, loser: string, winner: string, same: string): Problem {
  return createProblem('HCA_DUPLICATE', {
    subject: hca,
    message: `HCA ${hca} of ${loser} is left out, because ${winner} comes first and reports one with the same ${same}.`,
    remedy:
      'Nothing is to be done if that is meant; the order of --discovery-module decides between modules, after the built-in discovery.',
  });
}
