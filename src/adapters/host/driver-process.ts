// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Clock } from '#ports/clock.ts';
import { type ReadAttribute, attributeFlags, attributeLimit, readInThreadPool } from './attribute-file.ts';

/**
 * The code of the process. It reads lines of JSON, `[id, path]`, and writes for each `[id, text]`, or `[id, null]` if
 * the attribute is unreadable. It ends with its input, that is, with this program. It is a string, so that it is the
 * same from source and built.
 */
const code = `'use strict';
const { openSync, read, closeSync } = require('node:fs');
const answer = (id, text) => process.stdout.write(JSON.stringify([id, text]) + '\\n');
const openOrNull = (path) => {
  try { return openSync(path, ${attributeFlags}); } catch { return null; }
};
const closeQuietly = (file) => {
  try { closeSync(file); } catch {}
};
const readFile = (id, path) => {
  const file = openOrNull(path);
  if (file === null) return answer(id, null);
  const buffer = Buffer.allocUnsafe(${attributeLimit + 1});
  read(file, buffer, 0, buffer.length, 0, (error, length) => {
    closeQuietly(file);
    answer(id, error !== null || length > ${attributeLimit} ? null : buffer.toString('utf8', 0, length));
  });
};
let rest = '';
process.stdin.setEncoding('utf8').on('data', (text) => {
  const lines = (rest + text).split('\\n');
  rest = lines.pop();
  for (const line of lines) readFile(...JSON.parse(line));
});
process.stdin.on('end', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
`;

interface PendingRead {
  readonly path: string;
  readonly resolve: (text: string | null) => void;
}

type Spawn = () => ChildProcess;

/** A process that ends sooner than this after its start is not started again: it cannot run here. */
const leastLifeMs = 10_000;

/**
 * Reads attributes in a process of its own, once `start` was called. A driver that does not answer holds the process
 * that reads, which then cannot end, not even by SIGKILL: so it must not be this one. Before, and where the process
 * cannot run, the reads are made here. It ends with this program.
 */
export class DriverProcess {
  private child: ChildProcess | null = null;
  private isWanted = false;
  private startedAt = 0;
  private readonly pending = new Map<number, PendingRead>();
  private lastId = 0;

  constructor(private readonly clock: Clock) {}

  /** Never rejects, but may never resolve. */
  readonly read: ReadAttribute = async (path) =>
    this.child === null ? await readInThreadPool(path) : await this.readIn(this.child, path);

  /** Starts the process. Resolves when it takes reads. */
  async start(): Promise<void> {
    this.isWanted = true;
    // It takes 3 ms to load, which is not needed for the first scan.
    const { spawn } = await import('node:child_process');
    if (!this.isWanted) return;
    if (this.child === null)
      this.begin(() =>
        spawn(process.execPath, ['--eval', code], { stdio: ['pipe', 'pipe', 'ignore'], env: childEnv() }),
      );
  }

  /** Ends the process. Reads that it has not answered never finish. */
  stop(): void {
    this.isWanted = false;
    this.child?.kill('SIGKILL');
    this.child = null;
  }

  private begin(spawn: Spawn): void {
    const child = spawn();
    this.child = child;
    this.startedAt = this.clock.now();
    child.once('error', () => this.ended(child, spawn)).once('exit', () => this.ended(child, spawn));
    // When a process has ended, writing to it fails.
    child.stdin?.on('error', () => {});
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => this.receive(line));
    // It does not keep this program alive.
    child.unref();
    for (const stream of [child.stdin, child.stdout]) if (stream instanceof Socket) stream.unref();
  }

  private async readIn(child: ChildProcess, path: string): Promise<string | null> {
    const id = (this.lastId += 1);
    return await new Promise((resolve) => {
      this.pending.set(id, { path, resolve });
      child.stdin?.write(`${JSON.stringify([id, path])}\n`);
    });
  }

  private receive(line: string): void {
    const answer: unknown = JSON.parse(line);
    if (!isAnswer(answer)) return;
    const [id, text] = answer;
    this.pending.get(id)?.resolve(text);
    this.pending.delete(id);
  }

  /** What the process has not answered is read again: by another process, or here if it cannot run. */
  private ended(child: ChildProcess, spawn: Spawn): void {
    if (child !== this.child) return;
    this.child = null;
    if (this.clock.now() - this.startedAt >= leastLifeMs) this.begin(spawn);
    const unanswered = [...this.pending.values()];
    this.pending.clear();
    for (const { path, resolve } of unanswered) void this.read(path).then(resolve);
  }
}

/** Without the rest of the environment, such as NODE_EXTRA_CA_CERTS, which takes 30 ms to load. */
function childEnv(): NodeJS.ProcessEnv {
  const { UV_THREADPOOL_SIZE } = process.env;
  return UV_THREADPOOL_SIZE === undefined ? {} : { UV_THREADPOOL_SIZE };
}

function isAnswer(answer: unknown): answer is readonly [id: number, text: string | null] {
  if (!Array.isArray(answer)) return false;
  const [id, text]: readonly unknown[] = answer.map((part: unknown) => part);
  return typeof id === 'number' && (text === null || typeof text === 'string');
}
