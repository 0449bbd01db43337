// SPDX-License-Identifier: Apache-2.0
// Generates docs/answers.md from the situations of test/situations.
import { loadBundled } from './generate-settings.mjs';

const head = `# Answers

Situations from public reports, and what the program says about each: \`explain\`, \`status\`, \`doctor\` and \`check\` name the cause and
the remedy. The answers are real: they are made from the same fixtures that the tests use.
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

function section({ title, reports, question, answer }) {
  const words = [question.command, question.target, question.command === 'validate' ? 'config.json' : undefined];
  const command = `rdma-shared-dp ${words.filter((word) => word !== undefined).join(' ')}`;
  const asked = `From ${reports.join(', ')}.`;
  return `## ${title}\n\n${asked}\n\n\`\`\`console\n$ ${command}\n${answer.trimEnd()}\n\`\`\`\n`;
}
