// SPDX-License-Identifier: Apache-2.0
import type { OutputFormat } from '#adapters/cli/commands.ts';
import { wrapped } from '#adapters/cli/text/table.ts';
import type { Conversion } from '#adapters/settings/conversion/conversion.ts';
import { convertSriov, isSriovDocument } from '#adapters/settings/conversion/sriov.ts';
import { convertUpstream } from '#adapters/settings/conversion/upstream.ts';
import { parseYaml } from '#adapters/settings/document/parse-yaml.ts';
import { findSettingsTexts } from '#adapters/settings/document/settings-texts.ts';
import { readSettings } from '#adapters/settings/read-settings.ts';
import { type Problem, ProblemError, createProblem } from '#domain/problem/problem.ts';
import { readArgumentFile } from './files/argument.ts';
import { printData } from './print/data.ts';

const commentWidth = 110;

/**
 * Converts the settings of another program for `convert`. Rejects with a ProblemError if the file cannot be read, or
 * has neither form.
 */
export async function convertFile(path: string, format: OutputFormat): Promise<string> {
  const { name, bytes, problem } = await readArgumentFile(path);
  if (problem !== null) throw new ProblemError([problem]);
  const [found, ...more] = await findSettingsTexts(name, new TextDecoder().decode(bytes));
  if (found === undefined || more.length > 0) throw new ProblemError([severalSettings(name)]);
  const { settings, notes } = await convertText(found.name, found.text);
  if (format === 'json') return await printData({ settings, notes }, 'json');
  const comments = notes.flatMap((note) =>
    wrapped(note, commentWidth).map((line, i) => `#${i === 0 ? ' -' : '  '} ${line}`),
  );
  const head = comments.length === 0 ? [] : ['# What to know about these settings:', ...comments];
  return `${head.map((line) => `${line}\n`).join('')}${await printData(settings, 'yaml')}`;
}

async function convertText(name: string, text: string): Promise<Conversion> {
  const parsed = await parseYaml(text, name).catch(() => null);
  if (isSriovDocument(parsed)) {
    const conversion = convertSriov(name, parsed);
    if ('code' in conversion) throw new ProblemError([conversion]);
    return conversion;
  }
  const reading = await readSettings(name, new TextEncoder().encode(text));
  if (!reading.valid) throw new ProblemError([...reading.problems, ...reading.warnings]);
  if (reading.settings.nodes.length > 0) throw new ProblemError([alreadyOurs(name)]);
  return convertUpstream(reading.settings, reading.warnings);
}

function severalSettings(path: string): Problem {
  return createProblem('CONVERT_FORM_UNKNOWN', {
    subject: path,
    message: `${path} contains several documents of settings.`,
    remedy: 'Convert them one by one, each in a file of its own.',
  });
}

function alreadyOurs(name: string): Problem {
  return createProblem('CONVERT_FORM_UNKNOWN', {
    subject: name,
    message: `${name} has the key nodes, so it is written for this program already.`,
    remedy: 'Use the file as it is.',
  });
}
