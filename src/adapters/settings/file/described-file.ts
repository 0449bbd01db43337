// SPDX-License-Identifier: Apache-2.0
import { UnsuitableFile, readBoundedFile } from '#adapters/host/bounded-file.ts';
import { errorCode } from '#adapters/host/error-code.ts';
import type { ProblemCode } from '#domain/problem/catalogue.ts';
import { type Problem, createProblem } from '#domain/problem/problem.ts';

/** What problems call a file, the flag that sets its path, and the problem codes. */
export interface FileDescription {
  readonly title: string;
  readonly flag: string;
  readonly codes: Readonly<Record<'missing' | 'unreadable' | 'notAFile' | 'tooLarge', ProblemCode>>;
}

export type FileReading =
  { readonly bytes: Uint8Array; readonly problem: null } | { readonly bytes: null; readonly problem: Problem };

/** As `readBoundedFile`, but never rejects. */
export async function readDescribedFile(path: string, description: FileDescription): Promise<FileReading> {
  try {
    return { bytes: await readBoundedFile(path), problem: null };
  } catch (error) {
    return { bytes: null, problem: unreadable(path, error, description) };
  }
}

function unreadable(path: string, error: unknown, { title, flag, codes }: FileDescription): Problem {
  const { kind, found } = faultOf(error);
  const remedies = {
    missing: `Mount the directory that contains it, or set ${flag} to the path of the ${title}.`,
    unreadable: `Make the file readable for this process, or set ${flag} to another path.`,
    notAFile: `Set ${flag} to the path of the ${title} itself.`,
    tooLarge: `Check that ${flag} is the path of the ${title}.`,
  };
  return createProblem(codes[kind], {
    subject: path,
    message: `The ${title} ${path} ${found}.`,
    remedy: remedies[kind],
  });
}

function faultOf(error: unknown): { readonly kind: keyof FileDescription['codes']; readonly found: string } {
  if (error instanceof UnsuitableFile) return error;
  const reason = errorCode(error);
  return reason === 'ENOENT'
    ? { kind: 'missing', found: 'does not exist' }
    : { kind: 'unreadable', found: `cannot be read (${reason})` };
}
