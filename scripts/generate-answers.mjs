// SPDX-License-Identifier: Apache-2.0
// Generates docs/answers.md from the situations of test/situations.
import { loadBundled } from './generate-settings.mjs';

const head = `# Answers

Situations from public reports. Each has the answer in short, the settings, and what the program prints. The output is not written
by hand: the program makes it from the descriptions of hardware in \`test/situations\`.
`;

/**
 * @param {string} root the repository
 * @returns {Promise<Array<{path: string, content: string}>>} paths from the root
 */
export async function generateAnswers(root) {
  const { answered } = await loadBundled(root, 'test/situations/all.ts');
  const sections = (await answered()).map(section);
  return [{ path: 'docs/answers.md', content: [head, ...sections].join('\n') }];
}

function section({ title, inShort, reports, question, answer }) {
  const words = [question.command, question.target, question.command === 'validate' ? 'config.json' : undefined];
  const command = `rdma-shared-dp ${words.filter((word) => word !== undefined).join(' ')}`;
  const asked = `From ${reports.join(', ')}.`;
  const settings = settingsOf(question);
  const shown = settings === null ? '' : `\`\`\`json\n${settings}\n\`\`\`\n\n`;
  return `## ${title}\n\n${inShort}\n\n${asked}\n\n${shown}\`\`\`console\n$ ${command}\n${answer.trimEnd()}\n\`\`\`\n`;
}

/** @returns {string | null} the settings as in a file, in one line; null if the answer does not depend on them */
function settingsOf({ settings, text }) {
  if (text !== undefined) return text;
  if (settings === undefined) return null;
  return JSON.stringify({ configList: settings }, null, 1).replaceAll(/\n */g, ' ');
}
