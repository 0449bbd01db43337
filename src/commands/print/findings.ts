// SPDX-License-Identifier: Apache-2.0
import type { Output } from '#adapters/cli/command.ts';
import { findingsText } from '#adapters/cli/text/findings.ts';
import type { Finding } from '#domain/diagnosis/finding.ts';
import { printData } from './data.ts';

export interface Diagnosis {
  readonly text: string;
  /** Whether nothing is bad. */
  readonly isGood: boolean;
}

export async function printFindings(
  findings: readonly Finding[],
  format: Output['format'],
  isColored: boolean,
): Promise<Diagnosis> {
  const isData = format === 'json' || format === 'yaml';
  return {
    text: isData ? await printData({ findings }, format) : findingsText(findings, isColored),
    isGood: findings.every(({ grade }) => grade !== 'bad'),
  };
}
